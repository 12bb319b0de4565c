//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A walked is how a command is run in a test, and its exit status when all is well
// but its stdout is full. When its reader has gone it is 0, or what the work says.
type walked struct {
	args   string // $D is the folder of a lender, $N one that is not there, $T an empty one
	full   int
	work   int
	silent bool // it prints nothing
}

// walks has each command of the program, and some in more than one way.
var walks = map[string][]walked{
	"daybook":            {{args: "", full: statusFailed}, {args: "--version", full: statusFailed}, {args: "show --help", full: statusFailed}},
	"daybook demo":       {{args: "demo --dir $N --loans 20 --nights 1"}, {args: "demo --dir $N --loans 20 --nights 1 --json"}},
	"daybook generate":   {{args: "generate --out $N --loans 20 --nights 1"}, {args: "generate --out $N --loans 20 --nights 1 --json"}},
	"daybook init":       {{args: "init --book $N"}, {args: "init --book $N --json"}},
	"daybook close":      closeWalks,
	"daybook verify":     verifyWalks,
	"daybook report":     {{args: "report --book $D/book --out $N"}, {args: "report --book $D/book --out $N --json"}},
	"daybook show":       {{args: "show", full: statusUsage, work: statusUsage}},
	"daybook show loan":  {{args: "show loan L0000000009 --book $D/book", full: statusFailed}, {args: "show loan nobody --book $D/book --json", full: statusFailed, work: statusFailed}},
	"daybook show entry": {{args: "show entry $E --book $D/book", full: statusFailed}},
	"daybook show account": {{args: "show account 1301 --book $D/book", full: statusFailed},
		{args: "show account 1301 --book $D/book --json", full: statusFailed}},
	"daybook show suspense": {{args: "show suspense --book $D/book", full: statusFailed}},
	"daybook explain": {{args: "explain L0000000009 --book $D/book", full: statusFailed}, {args: "explain --borrower B000000001 --book $D/book", full: statusFailed},
		{args: "explain --borrower nobody --book $D/book --json", full: statusFailed, work: statusFailed}},
	"daybook payoff": {{args: "payoff L0000000009 --on 2026-11-25 --book $D/book", full: statusFailed}},
	"daybook statement": {{args: "statement --loan L0000000009 --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N"},
		{args: "statement --loan L0000000009 --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N --format pdf --json"},
		{args: "statement --loan nobody --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N", full: statusFailed, work: statusFailed}},
	"daybook trial-balance": {{args: "trial-balance --book $D/book", full: statusFailed}},
	"daybook export": {{args: "export --book $D/book --all --table journal --format csv", full: statusFailed},
		{args: "export --book $D/book --date 2026-11-24 --table loans --format parquet", full: statusFailed},
		{args: "export --book $D/book --date 2026-11-24 --table loans --format arrow --out -", full: statusFailed},
		{args: "export --book $D/book --all --table journal --format hledger", full: statusFailed},
		{args: "export --book $D/book --all --table journal --format csv --out $N", silent: true},
		{args: "export --book $D/book --all --table journal --format csv --out $N --json"}},
	"daybook gl": {{args: "gl --book $D/book --date 2026-11-24 --profile sap --out $N"}, {args: "gl --book $D/book --date 2026-11-24 --profile sap --out $N --json"},
		{args: "gl --book $D/book --date 2026-11-22 --profile sap --out $N", full: statusFailed, work: statusFailed}},
	"daybook offers": {{args: "offers --out-of $D/night --accept pause --in $T"}, {args: "offers --out-of $D/night --accept pause --in $T --json"},
		{args: "offers --out-of $D/night --accept nobody --in $T --json", full: statusFailed, work: statusFailed}},
	"daybook lock": {{args: "lock --book $D/book --through 2026-11-23 --out $D/out --dry-run"}, {args: "lock --book $D/book --through 2026-11-23 --out $D/out"},
		{args: "lock --book $D/book --through 2026-11-23 --out $D/out --json"}, {args: "lock --book $D/book --through 2026-11-24 --out $T", full: statusGuarded, work: statusGuarded},
		{args: "lock --book $D/book --through 2026-12-31 --out $D/out", full: statusFailed, work: statusFailed}},
	"daybook unlock": {{args: "unlock --book $D/book --through 2026-12-31 --reason why", full: statusFailed, work: statusFailed}},
	"daybook reconcile": {{args: "reconcile --book $D/book --in $D/bank --out $N --date 2026-11-24"}, {args: "reconcile --book $D/book --in $D/bank --out $N --date 2026-11-24 --json"},
		{args: "reconcile --book $D/book --in $D/badbank --out $N --date 2026-11-24", full: statusFailed, work: statusFailed}},
	"daybook show statement":  {{args: "show statement $D/bank/statements-cny.sta", full: statusFailed}, {args: "show statement $D/bank/statements-cny.sta --csv", full: statusFailed}},
	"daybook queue":           {{args: "queue", full: statusUsage, work: statusUsage}},
	"daybook queue templates": {{args: "queue templates", full: statusFailed}, {args: "queue templates --json", full: statusFailed}},
	"daybook queue export": {{args: "queue export --out-of $D/out/2026-11-24 --profile vicidial --with $D/people.parquet --to $N"},
		{args: "queue export --out-of $D/out/2026-11-24 --profile sms --with $D/people.parquet --to $N --json"},
		{args: "queue export --out-of $D/out/2026-11-24 --profile vicidial --channel push --with $D/people.parquet --to $N --strict", full: statusFailed, work: statusFailed}},
	"daybook queue results": {{args: "queue results --profile sms --policy $D/policy.yaml $D/results.csv --in $D/returned"},
		{args: "queue results --profile sms --policy $D/policy.yaml $D/policy.yaml --in $D/returned", full: statusFailed, work: statusFailed}},
	"daybook key":      {{args: "key", full: statusUsage, work: statusUsage}},
	"daybook key new":  {{args: "key new --name lender.example/book --out $N"}, {args: "key new --name lender.example/book --out $D/key", full: statusFailed, work: statusFailed}},
	"daybook key next": {{args: "key next --signing-key $D/key --next $D/key.pub --out $N"}, {args: "key next --signing-key $D/key.pub --next $D/key.pub --out $N", full: statusUsage, work: statusUsage}},
	"daybook prove": {{args: "prove --book $D/book --entry $E --out $N"}, {args: "prove --book $D/book --night 2026-11-23 --out $N --json"},
		{args: "prove --book $D/book --loan nobody --out $N", full: statusFailed, work: statusFailed}},
	"daybook warehouse":         {{args: "warehouse", full: statusUsage, work: statusUsage}},
	"daybook warehouse publish": {{args: "warehouse publish --book $D/book --out $D/out --root $N"}, {args: "warehouse publish --book $D/book --out $D/out --root $D/wh --iceberg --json"}},
	"daybook warehouse verify": {{args: "warehouse verify --root $D/wh"}, {args: "warehouse verify --root $D/wh --book $D/book --json"},
		{args: "warehouse verify --root $T", full: statusGuarded, work: statusGuarded}},
	"daybook warehouse iceberg": {{args: "warehouse iceberg --root $D/wh --rebuild"}},
	"daybook warehouse retain":  {{args: "warehouse retain --root $D/wh --keep daily=1d --dry-run"}},
	"daybook warehouse dbt":     {{args: "warehouse dbt --out $N"}},
	"daybook warehouse schemas": {{args: "warehouse schemas --out $N"}},
	"daybook warehouse views":   {{args: "warehouse views --root $D/wh", full: statusFailed}},
	"daybook status":            {{args: "status --book $D/book", full: statusFailed}, {args: "status --book $D/book --json", full: statusFailed}},
	"daybook packs":             {{args: "packs", full: statusUsage, work: statusUsage}},
	"daybook packs list":        {{args: "packs list", full: statusFailed}, {args: "packs list --json", full: statusFailed}},
	"daybook packs show":        {{args: "packs show cn", full: statusFailed}, {args: "packs show none", full: statusUsage, work: statusUsage}},
	"daybook policy":            {{args: "policy", full: statusUsage, work: statusUsage}},
	"daybook policy check":      {{args: "policy check $D/policy.yaml"}, {args: "policy check $D/own.yaml"}, {args: "policy check $D/demo.json", full: statusFailed, work: statusFailed}},
	"daybook policy diff": {{args: "policy diff $D/policy.yaml $D/policy.yaml", full: statusFailed},
		{args: "policy diff $D/policy.yaml $D/other.yaml --json", full: statusFailed, work: statusFailed}},
	"daybook policy show":   {{args: "policy show", full: statusFailed}, {args: "policy show --book $D/book", full: statusFailed}},
	"daybook policy schema": {{args: "policy schema", full: statusFailed}},
	"daybook version":       {{args: "version", full: statusFailed}, {args: "version --json", full: statusFailed}},
	"daybook completion":    {{args: "completion", full: statusFailed}},
	"daybook help":          {{args: "help close", full: statusFailed}},

	"daybook completion bash":       {{args: "completion bash", full: statusFailed}},
	"daybook completion zsh":        {{args: "completion zsh", full: statusFailed}},
	"daybook completion fish":       {{args: "completion fish", full: statusFailed}},
	"daybook completion powershell": {{args: "completion powershell", full: statusFailed}},
}

var closeWalks = []walked{
	{args: "close --book $N/book --in $D/inbox/2026-11-23 --out $N/out --date 2026-11-23"},
	{args: "close --book $N/book --in $D/inbox/2026-11-23 --out $N/out --date 2026-11-23 --json"},
	{args: "close --book $N/book --in $D/inbox/2026-11-23 --out $N/out --date 2026-11-23 --dry-run"},
	{args: "close --book $N/book --in $D/inbox/2026-11-23 --out $N/out --date 2026-11-23 --policy $D/other.yaml --dry-run --compare"},
	{args: "close --book $D/book --in $D/inbox/2026-11-24 --out $D/out --date 2026-11-24"}, // closed already
	{args: "close --book $N/book --in $D/bad --out $N/out --date 2026-11-23", full: statusAbove, work: statusAbove},
	{args: "close --book $N/book --in $D/bad --out $N/out --date 2026-11-23 --json", full: statusAbove, work: statusAbove},
	{args: "close --book $N/book --in $D/bad --out $N/out --date 2026-11-23 --strict --json", full: statusAbove, work: statusAbove},
	{args: "close --book $D/book --in $D/bad --out $D/out --date 2026-11-24", full: statusFailed, work: statusFailed}, // other inputs
	{args: "close --date yesterday --json", full: statusUsage, work: statusUsage},
}

var verifyWalks = []walked{
	{args: "verify --book $D/book"}, {args: "verify --book $D/book --json"},
	{args: "verify --book $D/damaged", full: statusFault, work: statusFault},
	{args: "verify --book $D/damaged --json", full: statusFault, work: statusFault},
	{args: "verify --book $D/book --head $D/out/2026-11-24/head --unsigned"},
	{args: "verify --root $D/wh --head $D/out/2026-11-24/head --key $D/key.pub", full: statusFault, work: statusFault}, // it is not signed
}

// each calls fn with a command and all below it.
func eachCommand(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, fn)
	}
}

// tree returns all commands, those of the library as well.
func tree() *cobra.Command {
	return newApp(io.Discard, io.Discard).root()
}

// Each command ends with the status of its work, whatever becomes of what it prints:
// its reader has gone away, or the disk behind stdout, stderr or both is full.
func TestStatusDoesNotDependOnPrinting(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here: ", err)
	}
	defer full.Close()
	dir, entry := walkedLender(t)
	daybook := program(t, "daybook")
	status := func(args string, stdout, stderr *os.File) (int, string) {
		var said bytes.Buffer
		n := filepath.Join(t.TempDir(), "n")
		args = strings.NewReplacer("$D", dir, "$N", n, "$T", filepath.Dir(n), "$E", entry).Replace(args)
		c := exec.CommandContext(t.Context(), daybook, strings.Fields(args)...)
		c.Stdout, c.Stderr = stdout, &said
		if stderr != nil {
			c.Stderr = stderr
		}
		err := c.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), said.String()
	}
	eachCommand(tree(), func(c *cobra.Command) {
		if len(walks[c.CommandPath()]) == 0 {
			t.Errorf("%s is not walked", c.CommandPath())
		}
		for _, w := range walks[c.CommandPath()] {
			if got, said := status(w.args, full, nil); got != w.full || w.work == statusDone && strings.Contains(said, "no space left") == w.silent {
				t.Errorf("daybook %s: exit status %d, want %d, when stdout is full:\n%s", w.args, got, w.full, said)
			}
			if got, _ := status(w.args, full, full); got != w.full {
				t.Errorf("daybook %s: exit status %d, want %d, when all is full", w.args, got, w.full)
			}
			r, closed, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			if got, said := status(w.args, closed, nil); got != w.work {
				t.Errorf("daybook %s: exit status %d, want %d, when its reader has gone:\n%s", w.args, got, w.work, said)
			}
			if got, _ := status(w.args, closed, closed); got != w.work {
				t.Errorf("daybook %s: exit status %d, want %d, when all its readers have gone", w.args, got, w.work)
			}
			closed.Close()
		}
	})
}

// Every flag of every command has its variable: a value that is none stops the
// command, and names the variable.
func TestEveryFlagHasItsVariable(t *testing.T) {
	flags := 0
	eachCommand(tree(), func(c *cobra.Command) {
		c.InheritedFlags() // merges
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if isCobras(f.Name) {
				return
			}
			flags++
			a := newApp(io.Discard, io.Discard)
			name := "DAYBOOK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			good := map[string]string{"bool": "1", "int": "7", "uint64": "7", "date": "2026-12-01", "size": "128MiB", "duration": "30s",
				"string": "some", "count": "1"}[f.Value.Type()]
			a.environ = []string{name + "=" + good}
			if err := a.fill(c); err != nil || !f.Changed || f.Value.String() == f.DefValue {
				t.Errorf("%s: %s=%s: %v, the flag is %q", c.CommandPath(), name, good, err, f.Value)
			}
			f.Changed = false
			delete(f.Annotations, byVariable)
			a.environ = []string{name + "="}
			if err := a.fill(c); err != nil || f.Changed {
				t.Errorf("%s: an empty %s is a value: %v", c.CommandPath(), name, err)
			}
			if f.Value.Type() == "string" {
				return
			}
			a.environ = []string{name + "=nonsense"}
			if err := a.fill(c); err == nil || !strings.Contains(err.Error(), name+":") {
				t.Errorf("%s: %s=nonsense: %v", c.CommandPath(), name, err)
			}
		})
	})
	if flags < 60 {
		t.Errorf("only %d flags", flags)
	}
}

// Every command gives one object with --json, or is one of those whose stdout is
// something else.
func TestEveryCommandHasJSON(t *testing.T) {
	others := []string{"daybook", "daybook show", "daybook queue", "daybook packs", "daybook packs show", "daybook policy", "daybook policy show", "daybook policy schema", "daybook help", "daybook key", "daybook warehouse", "daybook warehouse views"}
	eachCommand(tree(), func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Flags().Lookup("json") == nil && !slices.Contains(others, path) && !strings.HasPrefix(path, "daybook completion") {
			t.Errorf("%s has no --json", path)
		}
	})
}
