package main

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
)

// startLog begins the log on stderr.
func (a *app) startLog() error {
	level := slog.LevelInfo
	if a.quiet {
		level = slog.LevelWarn
	}
	switch a.logFormat {
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level}))
	case "text":
		a.log = slog.New(&plainLog{out: a.stderr, level: level, mu: new(sync.Mutex)})
	default:
		return wrongUsage("", "--log-format is text or json, not %q", a.logFormat)
	}
	return nil
}

// A plainLog writes lines for people: the message and then name=value, without
// a time, which a terminal's reader knows and a scheduler adds.
type plainLog struct {
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
	mu    *sync.Mutex
}

// Enabled reports whether a level is written.
func (h *plainLog) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle writes one line.
func (h *plainLog) Handle(_ context.Context, r slog.Record) error {
	b := []byte("daybook: ")
	if r.Level >= slog.LevelWarn {
		b = append(b, "warning: "...)
	}
	b = append(b, r.Message...)
	add := func(a slog.Attr) bool {
		b = append(append(append(b, ' '), a.Key...), '=')
		value := a.Value.String()
		if strconv.Quote(value) != `"`+value+`"` || len(value) == 0 {
			value = strconv.Quote(value)
		}
		b = append(b, value...)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(append(b, '\n'))
	return err
}

// WithAttrs returns a log whose lines have more attributes.
func (h *plainLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)
	return &c
}

// WithGroup is not used by this program: attributes keep their plain names.
func (h *plainLog) WithGroup(string) slog.Handler { return h }
