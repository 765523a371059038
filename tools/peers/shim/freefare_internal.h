/* The tests name it; those that need a card use nothing of it. */
