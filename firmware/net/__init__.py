"""The way to the gateway: MQTT session, link of requests and answers, journal, witness, clock."""
