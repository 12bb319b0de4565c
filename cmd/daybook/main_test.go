package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is the program too: run under one of these names it does what
// the program does.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"daybook": main, "daybook-halting": mainHalting, "daybook-aborting": mainAborting})
}

// mainHalting is the program, except that a close halts at the boundary that
// HALT_AT names: it says so on stderr, and goes on once it is interrupted, or
// never with HALT=always.
func mainHalting() {
	abortBySignal()
	a := newApp(os.Stdout, os.Stderr)
	a.at = func(ctx context.Context, boundary string) {
		if boundary != os.Getenv("HALT_AT") {
			return
		}
		fmt.Fprintln(os.Stderr, "halted at", boundary)
		if os.Getenv("HALT") == "always" {
			select {}
		}
		<-ctx.Done()
	}
	os.Exit(a.interruptible(os.Args[1:]))
}

// mainAborting is the program, whose run time aborts as ABORT says.
func mainAborting() {
	abortBySignal()
	fmt.Println("ready")
	switch os.Getenv("ABORT") {
	case "panic":
		go func() { panic("planted") }()
	case "map":
		m := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					m[i%8] = i
				}
			}()
		}
	case "stack":
		debug.SetMaxStack(1 << 16)
		fmt.Println(deep(0))
	case "memory":
		_ = make([]byte, 1<<46)[os.Getpid()]
	}
	select {}
}

// deep has no end.
var deep func(n int) int

func init() { deep = func(n int) int { return deep(n+1) + n } }

// program returns the path of the program, by one of the names of TestMain.
func program(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	return path
}
