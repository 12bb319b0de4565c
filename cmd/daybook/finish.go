package main

import (
	"errors"
	"fmt"
	"slices"

	"daybook/reports"
)

// finish prints the result and what went wrong, and returns the exit status,
// which was decided before: printing can fail.
func (a *app) finish(err error) int {
	status := statusDone
	if gone(err) {
		err = nil
	}
	if err != nil {
		status = statusOf(err)
	}
	failing := is[*outputError](err) // an export failed at it
	a.printResult(status, err)
	a.complain(status, err)
	if a.out.err == nil || failing || gone(a.out.err) {
		return status
	}
	switch {
	case status != statusDone || a.works:
		a.log().Warn("what there was to print is lost, and what was done stands: " + (&outputError{a.out.err}).Error())
	default:
		status = statusFailed
		a.complain(status, &outputError{a.out.err})
	}
	return status
}

// printResult writes what goes to stdout.
func (a *app) printResult(status int, err error) {
	var f *failure
	switch {
	case !a.asJSON:
		a.out.flush()
		return
	case err != nil && (!errors.As(err, &f) || !f.result):
		a.out.result = &failedJSON{errorOf(err), status}
	case a.out.result == nil:
		a.out.flush() // help, which is for people
		return
	}
	data, wrong := encode(a.out.result)
	if wrong != nil {
		panic("daybook: internal error: " + wrong.Error())
	}
	a.out.Write(data) // an error is kept
}

// complain says on stderr what went wrong and what to do about it.
func (a *app) complain(status int, err error) {
	if err == nil {
		return
	}
	if a.logFormat == "json" {
		v := errorOf(err)
		attrs := []any{"code", v.Code, "exit_status", status}
		if v.Hint != "" {
			attrs = append(attrs, "hint", v.Hint)
		}
		if len(v.Details) > 0 {
			attrs = append(attrs, "details", v.Details)
		}
		var p *reports.PanicError
		if errors.As(err, &p) {
			attrs = append(attrs, "stack", string(p.Stack))
		}
		a.log().Error(v.Message, attrs...)
		return
	}
	var said []string
	for _, l := range leaves(err, "") {
		if text := l.text(); !slices.Contains(said, text) {
			said = append(said, text)
			fmt.Fprintf(a.stderr, "daybook: %s\n", text)
			a.hint(l.hint())
		}
	}
	a.hint(hintOf(err))
}

// hint says what to do, where there is something.
func (a *app) hint(text string) {
	if text != "" {
		fmt.Fprintf(a.stderr, "daybook: hint: %s\n", reports.Visible(text))
	}
}
