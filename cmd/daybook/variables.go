package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag has its variable: the rule is the name, so that no flag can be
// forgotten.
const variablePrefix = "DAYBOOK_"

// variablesHelp stands below every list of flags.
const variablesHelp = `
Every flag has its variable: DAYBOOK_ and its name in capitals, with dashes as
underscores, so that DAYBOOK_LOG_FORMAT=json is --log-format json. A flag on the
command line wins; an empty variable is as none.
`

// variable returns the name of a flag's variable.
func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// variables returns what the environment says, without what is empty.
func (a *app) variables() map[string]string {
	set := map[string]string{}
	for _, line := range a.environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, variablePrefix) && value != "" {
			set[name] = value
		}
	}
	return set
}

// fill sets the flags of a command that the line does not name from their
// variables. A required flag is there then.
func (a *app) fill(cmd *cobra.Command) (err error) {
	set := a.variables()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, ok := set[variable(f.Name)]
		if !ok || f.Changed || err != nil || isCobras(f.Name) || excluded(cmd, f) {
			return
		}
		if wrong := f.Value.Set(value); wrong != nil {
			err = fmt.Errorf("invalid value %q of %s: %s", value, variable(f.Name), wanted(f, wrong))
			return
		}
		f.Changed = true
		annotate(f, byVariable)
	})
	if err != nil {
		return err
	}
	return emptyRequired(cmd)
}

// emptyRequired refuses a required flag that is there and says nothing, as where a
// script's own variable is not set.
func emptyRequired(cmd *cobra.Command) (err error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		_, required := f.Annotations[cobra.BashCompOneRequiredFlag]
		_, stated := f.Annotations[statedOnly]
		if (required || stated) && f.Changed && f.Value.String() == "" && err == nil {
			err = fmt.Errorf("--%s is empty", f.Name)
		}
	})
	return err
}

// isCobras names the flags that are the library's and not ours.
func isCobras(flag string) bool { return flag == "help" || flag == "version" }

// wanted says how a flag's value is written.
func wanted(f *pflag.Flag, err error) string {
	switch f.Value.Type() {
	case "bool":
		return "write true or false"
	case "int", "uint64":
		return "write a whole number"
	case "duration":
		return "write it as 30s or 5m"
	}
	return err.Error()
}

// Notes on a flag.
const (
	byVariable = "daybook_by_variable" // the value comes from the variable
	excludes   = "daybook_excludes"    // names of flags that may not stand beside it
	statedOnly = "daybook_stated_only" // may be left out, and not be empty
)

func annotate(f *pflag.Flag, key string, values ...string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[key] = values
}

// notEmpty says of flags that may be left out that they are not empty where they are there: the command
// would do another thing than was meant.
func notEmpty(c *cobra.Command, names ...string) {
	for _, name := range names {
		annotate(c.Flags().Lookup(name), statedOnly, "true")
	}
}

// exclusive says that of some groups of flags only one may be given. Where the line
// has a flag of one, the variables of the others are of no concern.
func exclusive(c *cobra.Command, groups ...[]string) {
	for i, group := range groups {
		for _, name := range group {
			annotate(c.Flags().Lookup(name), excludes, slices.Concat(slices.Concat(groups[:i]...), slices.Concat(groups[i+1:]...))...)
		}
	}
}

func excluded(cmd *cobra.Command, f *pflag.Flag) bool {
	return slices.ContainsFunc(f.Annotations[excludes], func(other string) bool {
		o := cmd.Flags().Lookup(other)
		return o.Changed && !filled(o)
	})
}

// filled reports whether a flag has its value from its variable.
func filled(f *pflag.Flag) bool {
	_, ok := f.Annotations[byVariable]
	return ok
}

// warnUnknown names the variables that no flag of any command has: a misspelt guard
// would be none.
func (a *app) warnUnknown(root *cobra.Command) {
	known := map[string]bool{
		// The library's own, for completions.
		variablePrefix + "ACTIVE_HELP": true, variablePrefix + "COMPLETION_DESCRIPTIONS": true,
		variablePrefix + "S3_PATH_STYLE": true, // of object storage, beside AWS's own
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, flags := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) { known[variable(f.Name)] = !isCobras(f.Name) })
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	var unknown []string
	for name := range a.variables() {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		a.log().Warn(name + " is the variable of no flag: it does nothing")
	}
}

// listen finds out how to speak of what goes wrong before the flags are known.
// What a flag says later holds.
func (a *app) listen(args []string) {
	set := a.variables()
	a.asJSON, _ = strconv.ParseBool(set[variable("json")])
	if format := set[variable("log-format")]; slices.Contains(logFormats, format) {
		a.logFormat = format
	}
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, value, assigned := strings.Cut(arg, "=")
		if !assigned && i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case name == "--json":
			said, err := strconv.ParseBool(value)
			a.asJSON = !assigned || said || err != nil
			a.askedJSON = a.asJSON
		case name == "--log-format" && slices.Contains(logFormats, value):
			a.logFormat = value
		}
	}
	a.makeLog()
}

// speak keeps to people's language where a command has no other: DAYBOOK_JSON may be
// set for all of them. A group of commands takes what its commands do.
func (a *app) speak(cmd *cobra.Command) {
	if cmd != nil && !a.askedJSON && cmd.Flags().Lookup("json") == nil && !cmd.HasSubCommands() {
		a.asJSON = false
	}
}
