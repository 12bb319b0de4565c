package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is the program too: run under one of these names it does what
// the program does.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"daybook": main, "daybook-halting": mainHalting})
}

// mainHalting is the program, except that a close halts at the boundary that
// HALT_AT names: it says so on stderr, and goes on once it is interrupted, or
// never with HALT=always.
func mainHalting() {
	ctx, stop := interruptible(os.Stderr)
	defer stop()
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
	os.Exit(a.run(ctx, os.Args[1:]))
}

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
