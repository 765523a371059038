"""Fuel: prices with their time, member prices, what cards may have a day, companies and their drivers."""
