"""What is told of members from their figures: segments, stages, cycles, what comes next. Columns in, columns out."""
