package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// strictHelp makes wrong usage of help on what there is none of, and of a shell that
// is not known: the library only remarks on them.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	completion, _, err := root.Find([]string{"completion"})
	check(err)
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return wantCommand(cmd, args)
	}
	help, _, err := root.Find([]string{"help"})
	check(err)
	show := help.Run
	help.Run = nil
	help.RunE = func(cmd *cobra.Command, args []string) error {
		if c, _, err := root.Find(args); err != nil || c == root && len(args) > 0 {
			return wrongUsage("daybook --help lists the commands", "there is no help on %q", strings.Join(args, " "))
		}
		show(cmd, args)
		return nil
	}
}

// misspelt returns what stands in the place of a command's name.
func misspelt(args []string) string {
	for i, arg := range args {
		if !strings.HasPrefix(arg, "-") && (i == 0 || args[i-1] != "--log-format") {
			return arg
		}
	}
	return ""
}
