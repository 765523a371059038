"""The console: server-rendered pages for people, in every language that has a catalogue."""
