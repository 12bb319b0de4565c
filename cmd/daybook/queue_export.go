package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"daybook/batch/publish"
	"daybook/batch/vendor"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports/channel"

	"github.com/spf13/cobra"
)

type queueExportFlags struct {
	night, with, to, policy string
	profile, channel        string
	strict                  bool
}

func (a *app) queueExportCommand() *cobra.Command {
	var f queueExportFlags
	c := a.worker(cobra.Command{
		Use:   "export --out-of OUT/DATE --profile P --with FILE [--to FILE]",
		Short: "Write a channel's file with numbers and names of the lender's own",
		Long: `Export joins a Parquet file of the lender's own (borrower_id and the columns that the
profile takes, as text) with a night's tasks, writes the profile's file with them
and its control beside it, and keeps nothing. How it is written is said by
--policy alone. Borrowers who are not in the file, or have no number that can be
used, are counted; with --strict nothing is written then. The files are their
owner's only, and take the place of nothing.

` + profileColumns(),
		Example: "  daybook queue export --out-of out/2026-11-25 --profile vicidial --with phones.parquet --to leads.txt",
	}, func(ctx context.Context, _ []string) error { return a.exportQueue(ctx, &f) })
	c.Flags().StringVar(&f.night, "out-of", "", "folder of the published night, OUT/DATE")
	c.Flags().StringVar(&f.profile, "profile", "", strings.Join(channel.ProfileNames(), ", "))
	c.Flags().StringVar(&f.channel, "channel", "", "channel whose tasks are written (default: the profile's own)")
	c.Flags().StringVar(&f.with, "with", "", "Parquet of the lender's own")
	c.Flags().StringVar(&f.to, "to", "", "file to write (default: CHANNEL.PROFILE.EXT in this folder)")
	c.Flags().StringVar(&f.policy, "policy", "", "policy file whose collections.files says how the file is written: list_id, plus, quotes, masked_ids")
	c.Flags().BoolVar(&f.strict, "strict", false, "write nothing where a task would be left out")
	completeFolders(c, "out-of")
	completePolicies(c, "policy")
	complete(c, "profile", channel.ProfileNames())
	complete(c, "channel", channelNames())
	return must(a.json(c), "out-of", "profile", "with")
}

func channelNames() (list []string) {
	for c := range borrower.Channels {
		list = append(list, c.String())
	}
	return list
}

// profileColumns says which columns each profile takes.
func profileColumns() string {
	var b strings.Builder
	b.WriteString("The columns of each profile, those in capitals are needed:\n")
	for _, name := range channel.ProfileNames() {
		fmt.Fprintf(&b, "  %s:", name)
		width := 2 + len(name) + 1
		for _, p := range channel.ProfileOf(name).Takes {
			word := p.Name
			if p.Must {
				word = strings.ToUpper(word)
			}
			if width += len(word) + 1; width > 78 {
				b.WriteString("\n   ")
				width = 4 + len(word)
			}
			b.WriteString(" " + word)
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

// profileOf returns a profile, and the channel that is named or else the profile's own.
func profileOf(profile, name string) (*channel.Profile, borrower.Channel, error) {
	p := channel.ProfileOf(profile)
	if p == nil {
		return nil, 0, wrongUsage("", "--profile is %s, not %q", orList(channel.ProfileNames()), profile)
	}
	if name == "" {
		return p, p.Channel, nil
	}
	c, ok := borrower.ParseChannel(name)
	if !ok {
		return nil, 0, wrongUsage("", "--channel is %s, not %q", orList(channelNames()), name)
	}
	return p, c, nil
}

func orList(list []string) string {
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}

// queueExportedJSON is what queue export --json prints.
type queueExportedJSON struct {
	Profile   string     `json:"profile"`
	Channel   string     `json:"channel"`
	ContactOn civil.Date `json:"contact_on"`
	Tasks     int64      `json:"tasks"`
	Written   int64      `json:"written"`
	Without   int64      `json:"without"`
	Unusable  int64      `json:"unusable"`
	Emptied   int64      `json:"emptied"`
	Rows      int64      `json:"rows"`
	Ignored   []string   `json:"ignored_columns"`
	Files     []string   `json:"files"`
}

func (a *app) exportQueue(ctx context.Context, f *queueExportFlags) error {
	profile, of, err := profileOf(f.profile, f.channel)
	if err != nil {
		return err
	}
	p, err := loadNamed(ctx, f.policy)
	if err != nil {
		return err
	}
	e := &vendor.Export{Night: f.night, With: f.with, To: f.to, Profile: profile, Channel: of, Strict: f.strict}
	if p != nil {
		e.Options = fileOptions(p, of, profile.Name)
	}
	if err := apart(cmp.Or(f.to, ".")); err != nil {
		return err
	}
	if err := publishedWhole(f.night); err != nil {
		return err
	}
	if own := ownFile(f.night, profile, of); p == nil && own != "" {
		a.log().Warn("without --policy the file is written as the profile has it: the night's own " + own + " is as its policy's collections.files says")
	}
	var got *vendor.Exported
	err = unblocked(ctx, func() (err error) {
		got, err = e.Run(ctx)
		return err
	})
	var left *vendor.LeftOutError
	var exists *vendor.ExistsError
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("nothing was written")
	case errors.As(err, &left):
		return failed("without --strict the others are written", "%w", err)
	case errors.As(err, &exists):
		return failed("nothing is overwritten: move it away, or name another file with --to", "%w", err)
	case err != nil:
		return err
	}
	v := &queueExportedJSON{profile.Name, of.String(), got.ContactOn, got.Tasks, got.Written, got.Without, got.Unusable, got.Emptied, got.Rows,
		append([]string{}, got.Ignored...), got.Files}
	a.print(v, func() { a.printQueueExported(v, f.with) })
	return nil
}

// ownFile is the file of a profile that a night has of its own, for which its policy said how it is written; empty: none.
func ownFile(night string, p *channel.Profile, of borrower.Channel) string {
	format, err := p.Format(of, channel.Options{})
	if err != nil {
		return ""
	}
	name := filepath.Join("queue", format.Name(1))
	if _, err := os.Stat(filepath.Join(night, name)); err != nil {
		return ""
	}
	return name
}

// publishedWhole refuses a folder that is no published night, or one that is not whole.
func publishedWhole(night string) error {
	abs, err := filepath.Abs(night)
	if err != nil {
		return err
	}
	if !publish.IsNight(abs) {
		return notFound("name the night's own folder, as out/2026-11-25", fmt.Errorf("%s is no published night", night))
	}
	if _, err := os.Stat(filepath.Join(abs, publish.SuccessName)); err != nil {
		return failed("daybook report brings it back", "%s is not published whole: it has no _SUCCESS", night)
	}
	return nil
}

func (a *app) printQueueExported(v *queueExportedJSON, with string) {
	a.printf("%s of %s for %s: %s written\n", plural(v.Tasks, "task"), v.Channel, v.ContactOn, count(v.Written))
	if v.Without > 0 {
		a.printf("  %s not in %s\n", plural(v.Without, "borrower"), with)
	}
	if v.Unusable > 0 {
		a.printf("  %s with nothing there that %s can use\n", plural(v.Unusable, "borrower"), v.Profile)
	}
	if v.Emptied > 0 {
		a.printf("  %s left empty, as they can't be used\n", plural(v.Emptied, "value"))
	}
	if len(v.Ignored) > 0 {
		a.printf("  not taken by %s: %s\n", v.Profile, strings.Join(v.Ignored, ", "))
	}
	for _, path := range v.Files {
		a.printf("  %s\n", path)
	}
}
