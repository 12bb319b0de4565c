package main

import (
	"context"
	"errors"
	"os"
	"time"

	"daybook/batch/vendor"
	"daybook/reports/channel"

	"github.com/spf13/cobra"
)

type queueResultsFlags struct {
	profile, channel, policy, inbox, zone string
}

func (a *app) queueResultsCommand() *cobra.Command {
	var f queueResultsFlags
	c := a.worker(cobra.Command{
		Use:   "results --profile P --policy FILE RESULTS --in INBOX",
		Short: "Make contacts of a system's result file, for the next night",
		Long: `Results reads what a channel's system reports of the tasks, as CSV with a header, and
puts contacts into an inbox: an attempt for each row, with the outcome that
collections.files.CHANNEL.results of the policy has for its code. A code that is not
there counts as a conversation, and is listed. Times are taken with their offset, or
else in --time-zone or the policy's zone; a date alone is its noon. The file's
name and the ids follow from what the contacts are: a file that is sent twice counts
once. A line that can't be read stops it, and then nothing is written.

The columns of each profile, by any of their names:
  vicidial: vendor_lead_code, status, call_date, and where it has it uniqueid
  genesys:  task_key, wrap-up code, time, and where it has it conversation_id
  sms:      task_key, status, at, and where it has it message_id
  letter:   task_key, status, on, and where it has it item_id
  agency:   task_key, outcome, date, and where it has it contact_id`,
		Example:           "  daybook queue results --profile vicidial --policy policy.yaml calls.csv --in inbox",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: resultFiles,
	}, func(ctx context.Context, args []string) error { return a.takeResults(ctx, &f, args[0]) })
	c.Flags().StringVar(&f.profile, "profile", "", "vicidial, genesys, sms, letter or agency")
	c.Flags().StringVar(&f.channel, "channel", "", "channel whose codes the policy maps (default: the profile's own)")
	c.Flags().StringVar(&f.policy, "policy", "", "policy file")
	c.Flags().StringVar(&f.inbox, "in", "", "folder of the next night's files")
	c.Flags().StringVar(&f.zone, "time-zone", "", "zone of times without an offset, as Asia/Shanghai (default: the policy's)")
	completeFolders(c, "in")
	completePolicies(c, "policy")
	complete(c, "profile", channel.ProfileNames())
	complete(c, "channel", channelNames())
	return must(a.json(c), "profile", "policy", "in")
}

// resultFiles offers the names of result files.
func resultFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"csv", "tsv", "txt"}, cobra.ShellCompDirectiveFilterFileExt
}

// queueResultsJSON is what queue results --json prints.
type queueResultsJSON struct {
	Profile  string         `json:"profile"`
	Channel  string         `json:"channel"`
	Contacts string         `json:"contacts_file"` // "" where there are none
	Already  bool           `json:"already"`
	Rows     int64          `json:"rows"`
	Made     int64          `json:"contacts"`
	Without  int64          `json:"without_task"`
	Outcomes []vendor.Count `json:"outcomes"`
	Unmapped []vendor.Count `json:"unmapped_codes"`
}

func (a *app) takeResults(ctx context.Context, f *queueResultsFlags, path string) error {
	profile, of, err := profileOf(f.profile, f.channel)
	if err != nil {
		return err
	}
	p, err := loadPolicy(ctx, f.policy)
	if err != nil {
		return err
	}
	place := p.Location
	if f.zone != "" {
		if place, err = time.LoadLocation(f.zone); err != nil || f.zone == "Local" {
			return wrongUsage("write it as the IANA database has it, such as Asia/Shanghai", "--time-zone %q is not known", f.zone)
		}
	}
	if err := apart(f.inbox); err != nil {
		return err
	}
	o := &vendor.Results{Profile: profile.Name, Outcomes: outcomesOf(p, of), Place: place, Inbox: f.inbox}
	var got *vendor.Read
	err = unblocked(ctx, func() error {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		got, err = o.Read(ctx, path, in)
		return err
	})
	var line *vendor.LineError
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("nothing was written")
	case errors.As(err, &line):
		return &failure{err: err, status: statusFailed, code: codeFile, hint: "nothing was written: mend the file and run the same command again"}
	case err != nil:
		return err
	}
	v := &queueResultsJSON{profile.Name, of.String(), got.Path, got.Already, got.Rows, got.Contacts, got.Without, got.Outcomes, got.Unmapped}
	a.print(v, func() { a.printResults(v, path) })
	return nil
}

func (a *app) printResults(v *queueResultsJSON, path string) {
	a.printf("%s of %s: %s\n", plural(v.Rows, "row"), path, plural(v.Made, "contact"))
	if v.Without > 0 {
		a.printf("  %s without a task's key, left out\n", plural(v.Without, "row"))
	}
	for _, c := range v.Outcomes {
		a.printf("  %s: %s\n", c.Word, count(c.Rows))
	}
	for _, c := range v.Unmapped {
		word := c.Word
		if word == "" {
			word = "no code"
		}
		a.printf("  not in the policy, taken as a conversation: %s (%s)\n", word, count(c.Rows))
	}
	switch {
	case v.Contacts == "":
		a.printf("  nothing to write\n")
	case v.Already:
		a.printf("  %s was there already\n", v.Contacts)
	default:
		a.printf("  %s\n", v.Contacts)
	}
}
