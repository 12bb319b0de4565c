package main

import (
	"os"
	"path/filepath"
	"testing"

	"daybook/ledger/borrower"
	"daybook/reports/channel"
)

// Where a night has a file of a profile, the policy said how it is written: an export without it is not the same.
func TestOwnFileOfANight(t *testing.T) {
	night := t.TempDir()
	if err := os.Mkdir(filepath.Join(night, "queue"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(night, "queue", "sms.sms.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for profile, want := range map[string]string{"sms": filepath.Join("queue", "sms.sms.csv"), "vicidial": "", "genesys": ""} {
		p := channel.ProfileOf(profile)
		if got := ownFile(night, p, p.Channel); got != want {
			t.Errorf("%s: %q, want %q", profile, got, want)
		}
	}
	if got := ownFile(night, channel.ProfileOf("sms"), borrower.Push); got != "" {
		t.Errorf("of another channel: %q", got)
	}
}
