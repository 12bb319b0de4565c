package main

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"

	"daybook/reports"
)

var logFormats = []string{"text", "json"}

// log is where everything goes that is no result.
func (a *app) log() *slog.Logger { return a.logger.Load() }

// startLog begins the log on stderr.
func (a *app) startLog() error {
	if !slices.Contains(logFormats, a.logFormat) {
		format := a.logFormat
		a.logFormat = "text"
		return wrongUsage("", "--log-format is text or json, not %q", format)
	}
	a.makeLog()
	return nil
}

func (a *app) makeLog() {
	level := slog.LevelInfo
	if a.quiet {
		level = slog.LevelWarn
	}
	if a.logFormat == "json" {
		a.logger.Store(slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level})))
		return
	}
	a.logger.Store(slog.New(&plainLog{out: a.stderr, level: level, mu: new(sync.Mutex)}))
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
	b = append(b, reports.Visible(r.Message)...)
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
