"""A pump on this computer's serial line, for those who install and mend: `tapwell pump`."""
