"""What a board runs after power-up: the app that /data/terminal.json names."""

from firmware.app import main

main()
