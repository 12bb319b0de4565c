package main

import (
	"fmt"
	"strings"

	"daybook/batch/intake"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/reconcile"
	"daybook/batch/vendor"
	"daybook/reports"
)

// failedJSON is what any command prints with --json when it fails.
type failedJSON struct {
	Error      errorJSON `json:"error"`
	ExitStatus int       `json:"exit_status"`
}

type errorJSON struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
	Details []detailJSON `json:"details"` // what is wrong one by one, where it is more than the message
}

type detailJSON struct {
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
	Guard     string `json:"guard,omitempty"` // that stopped it
	File      string `json:"file,omitempty"`
	Column    string `json:"column,omitempty"`    // of a Parquet file, by its name there
	Line      int    `json:"line,omitempty"`      // of a policy file, one of results or a list, from 1
	Character int    `json:"character,omitempty"` // in the line, from 1
	Key       string `json:"key,omitempty"`       // of a policy
}

func errorOf(err error) errorJSON {
	v := errorJSON{Code: codeOf(err), Hint: hintOf(err), Details: []detailJSON{}}
	list := leaves(err, "")
	for _, l := range list {
		if d := l.detail(); len(list) > 1 || d != (detailJSON{Message: d.Message}) {
			v.Details = append(v.Details, d)
		}
	}
	v.Message = list[0].detail().Message
	if v.Hint == "" {
		v.Hint = list[0].hint() // of the fault that the message names
	}
	if more := len(list) - 1; more > 0 {
		v.Message = fmt.Sprintf("%s (and %d more)", v.Message, more)
	}
	return v
}

// A leaf is one of the errors that were joined into one, with what was said around
// it.
type leaf struct {
	prefix string
	err    error
}

// leaves takes an error apart where others were joined, with a line for each.
func leaves(err error, prefix string) []leaf {
	switch e := err.(type) {
	case policy.Faults:
		list := make([]leaf, len(e))
		for i, f := range e {
			list[i] = leaf{prefix, f}
		}
		return list
	case interface{ Unwrap() []error }:
		inner := e.Unwrap()
		texts := make([]string, len(inner))
		for i := range inner {
			texts[i] = inner[i].Error()
		}
		if len(inner) > 0 && strings.Join(texts, "\n") == err.Error() {
			var list []leaf
			for _, x := range inner {
				list = append(list, leaves(x, prefix)...)
			}
			return list
		}
	case *intake.FileError, *vendor.LineError, *reports.PanicError:
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			if before, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
				return leaves(inner, prefix+before)
			}
		}
	}
	return []leaf{{prefix, err}}
}

// text is what people are told.
func (l leaf) text() string {
	prefix := reports.Visible(l.prefix)
	switch e := l.err.(type) {
	case *policy.Fault:
		line := []rune(e.Text)
		before := reports.Visible(string(line[:max(min(e.Column-1, len(line)), 0)]))
		return fmt.Sprintf("%s%s\n%5d | %s\n      | %s^", prefix, reports.Visible(faultText(e)), e.Line, reports.Visible(e.Text),
			strings.Repeat(" ", len([]rune(before))))
	case *reports.PanicError:
		return prefix + reports.VisibleLines(strings.TrimRight(e.Error(), "\n"))
	}
	return prefix + reports.Visible(strings.TrimRight(l.err.Error(), "\n"))
}

// hint is what to do about this one.
func (l leaf) hint() string {
	if g, ok := l.err.(*publish.GuardError); ok {
		return g.Hint
	}
	return ""
}

// detail is what programs are told.
func (l leaf) detail() detailJSON {
	switch e := l.err.(type) {
	case *publish.GuardError:
		return detailJSON{Message: l.prefix + e.Saw, Guard: e.Guard, Hint: e.Hint}
	case *intake.FileError:
		return detailJSON{Message: l.prefix + e.Error(), File: e.File, Column: e.Column}
	case *vendor.LineError:
		return detailJSON{Message: l.prefix + e.Error(), File: e.File, Line: int(e.Line)}
	case *reconcile.FileFault:
		return detailJSON{Message: l.prefix + e.Error(), File: e.File, Line: e.Line}
	case *listError:
		return detailJSON{Message: l.prefix + e.Error(), File: e.file, Line: e.line}
	case *policy.Fault:
		return detailJSON{Message: l.prefix + faultText(e), File: e.File, Line: e.Line, Character: e.Column, Key: e.Key}
	case *reports.PanicError:
		text, _, _ := strings.Cut(e.Error(), "\n")
		return detailJSON{Message: l.prefix + text}
	}
	return detailJSON{Message: l.prefix + l.err.Error()}
}

// faultText is a policy's fault without the line that it is in.
func faultText(f *policy.Fault) string {
	text := fmt.Sprintf("%s:%d: ", f.File, f.Line)
	if f.Key != "" {
		text += f.Key + ": "
	}
	return text + f.Reason
}

func isPanic(err error) bool { return is[*reports.PanicError](err) }
