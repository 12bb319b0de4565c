package main

// The C file beside this one has DuckDB's memory lie in huge pages.

import "C"
