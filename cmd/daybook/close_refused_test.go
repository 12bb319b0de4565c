package main

import (
	"bytes"
	"strings"
	"testing"
)

// A first night under the policy of another lender takes no row: what to do about it is said, and a policy that the book does not
// take later does not send anybody to publish again what is published.
func TestFirstNightUnderAnotherPolicy(t *testing.T) {
	dir := lender(t)
	under := func(policy string, more ...string) []string {
		return append(append(closeArgs(dir), "--policy", policy), more...)
	}
	euros, yuan := writeText(t, dir, "euros.yaml", "name: euros\ncurrencies: [EUR]\n"), writeText(t, dir, "yuan.yaml", "name: yuan\ncurrencies: [CNY]\n")
	if said := says(t, statusAbove, under(euros, "--dry-run")...); !strings.Contains(said, "no row was taken: see that --policy is that of these files") {
		t.Errorf("a dry run says %q", said)
	}
	if said := says(t, statusAbove, under(euros)...); !strings.Contains(said, "no row was taken, and the book has no loan") {
		t.Errorf("it says %q", said)
	}
	said := says(t, statusFailed, under(yuan)...)
	if !strings.Contains(said, "leaves out the currency EUR") || !strings.Contains(said, "2026-11-23 is closed and published already, and nothing has changed") ||
		strings.Contains(said, "to publish it") {
		t.Errorf("with another policy it says %q", said)
	}
	for _, more := range [][]string{{"--json"}, {"--json", "--dry-run", "--compare", "--date", "2026-11-24"}} { // the last date counts
		var out, errs bytes.Buffer
		if status := newApp(&out, &errs).run(t.Context(), under(yuan, more...)); status != statusFailed || !strings.Contains(out.String(), `"code": "policy_fault"`) {
			t.Errorf("%q: status %d, it prints %q", more, status, out.String())
		}
	}
}

// What is given in vain is said: a policy to a night that is closed under another, a pack in the place of a policy, and files for a
// day before the last night.
func TestWhatIsGivenInVain(t *testing.T) {
	dir := lender(t)
	pack := writeText(t, dir, "own.yaml", strings.Replace(run(t, "packs", "show", "ifrs9"), "pack: ifrs9", "pack: own", 1))
	same, other := writeText(t, dir, "same.yaml", "name: same\n"), writeText(t, dir, "other.yaml", "name: other\naging: {grace_days: 3}\n")
	later := writeText(t, dir, "later.yaml", "name: later\naging: {grace_days: 3}\neffective_from: 2026-12-01\n")
	const warning = "was closed under another policy"
	for _, x := range []struct {
		args   []string
		status int
		says   string
		silent bool
	}{
		{append(closeArgs(dir), "--policy", pack), statusFailed, "own.yaml is a pack, and no policy", true},
		{append(closeArgs(dir), "--policy", same), statusDone, "", true},
		{append(closeArgs(dir), "--policy", same), statusDone, "", true},
		{closeArgs(dir), statusDone, "", true},
		{append(closeArgs(dir), "--policy", other), statusDone, warning, false},
		{append(closeArgs(dir), "--policy", later), statusDone, "", true},
		{append(closeArgs(dir), "--date", "2026-11-22"), statusFailed, "rows that come late are posted by the next one", true},
	} {
		if said := says(t, x.status, x.args...); !strings.Contains(said, x.says) || strings.Contains(said, warning) == x.silent {
			t.Errorf("%q: it says %q", x.args[7:], said)
		}
	}
}
