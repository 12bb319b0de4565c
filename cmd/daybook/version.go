package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

// version is part of a night's manifest: the same release makes the same bytes
// however it was built.
const version = "0.1.0"

// software is how manifests name the program.
const software = "daybook " + version

func (a *app) versionCommand() *cobra.Command {
	return a.json(a.command(cobra.Command{
		Use:   "version",
		Short: "Say which program this is, and which formats it reads and writes",
	}, func(context.Context, []string) error { a.printVersion(); return nil }))
}

// versionJSON is what version --json prints.
type versionJSON struct {
	Version      string `json:"version"`
	Revision     string `json:"revision"` // "" where the program was not built from a repository
	Modified     bool   `json:"modified"` // there were changes beside the revision
	Go           string `json:"go"`
	Platform     string `json:"platform"`
	BookFormat   int    `json:"book_format"`   // that it writes; it reads older ones
	OutputFormat int    `json:"output_format"` // of what a night publishes
	PolicyFormat int    `json:"policy_format"`
}

// policyFormat is the version of policy files that this program reads.
const policyFormat = 1

func (a *app) printVersion() {
	v := versionJSON{
		Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, BookFormat: store.Format,
		OutputFormat: reports.FormatVersion, PolicyFormat: policyFormat,
	}
	v.Revision, v.Modified = built()
	a.print(v, func() {
		a.printf("daybook version %s%s\ngo             %s %s\nbook format    %d\noutput format  %d\npolicy format  %d\n",
			version, revision(), v.Go, v.Platform, v.BookFormat, v.OutputFormat, v.PolicyFormat)
	})
}

// revision returns the revision that the program was built from, if it is known.
func revision() string {
	if r, _ := built(); r != "" {
		return " (" + r[:min(len(r), 12)] + ")"
	}
	return ""
}

func built() (revision string, modified bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	return revision, modified
}
