package score

// Bins is how many bins scores are watched by.
const Bins = 10
