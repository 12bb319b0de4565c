package main

import "runtime/debug"

// abortBySignal makes a run-time abort (a panic that nobody caught, memory that
// can't be had, a stack without end) end the process by SIGABRT, which a shell
// sees as 134, and leave no core: the run time's own exit status for it is 2,
// and that is wrong usage. A supervisor that maps the status was rejected: a kill
// would hit it and leave the night running.
func abortBySignal() {
	noCore()
	debug.SetTraceback("crash")
}
