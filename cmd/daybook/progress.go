package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A meter shows how far a night or another long job is: bars on a terminal, and
// elsewhere a line when a stage ends, or every lineEvery while it goes on.
type meter struct {
	name string
	log  *slog.Logger
	bars *mpb.Progress // nil where there is no terminal

	mu     sync.Mutex
	stages map[string]*stage
	order  []*stage
}

// A stage is one bar, or one kind of line.
type stage struct {
	bar    *mpb.Bar
	done   int64
	total  int64
	began  time.Time
	spoken time.Time
	ended  bool
}

// lineEvery is how often a long stage says that it goes on.
const lineEvery = 10 * time.Second

// meter starts showing a job.
func (a *app) meter(name string) *meter {
	m := &meter{name: name, log: a.log(), stages: map[string]*stage{}}
	if !a.quiet && a.logFormat == "text" && isTerminal(a.stderr) {
		m.bars = mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(40))
	}
	return m
}

// isTerminal reports whether bars can be drawn: on a terminal that has a size.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	t := cupwriter.New(f, false)
	if !t.IsTerminal() {
		return false
	}
	width, _, err := t.GetTermSize()
	return err == nil && width > 0
}

// report says that a stage has done a part of its total. It may be called from
// many goroutines.
func (m *meter) report(name string, done, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stages[name]
	if s == nil {
		s = m.begin(name, total)
	}
	if s.ended || done < s.done {
		return // reports of several workers may overtake each other
	}
	s.done = done
	if s.bar != nil {
		s.bar.SetCurrent(done)
	}
	if done < total {
		if s.bar == nil && time.Since(s.spoken) >= lineEvery {
			s.spoken = time.Now()
			m.log.Info(m.name+": "+name, "done", percentOf(done, total))
		}
		return
	}
	s.ended = true
	if s.bar == nil {
		m.log.Info(m.name+": "+name, "done", "100%", "took", fmt.Sprintf("%.2fs", time.Since(s.began).Seconds()))
	}
}

func (m *meter) begin(name string, total int64) *stage {
	s := &stage{total: total, began: time.Now(), spoken: time.Now()}
	if m.bars != nil {
		s.bar = m.bars.AddBar(max(total, 1),
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-10s  %-8s ", m.name, name))),
			mpb.AppendDecorators(decor.Percentage(decor.WC{W: 6}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 8})))
	}
	m.stages[name] = s
	m.order = append(m.order, s)
	return s
}

func percentOf(done, total int64) string { return fmt.Sprintf("%d%%", 100*done/max(total, 1)) }

// close ends the showing. Bars of stages that did not end stay as they are.
func (m *meter) close() {
	if m.bars == nil {
		return
	}
	for _, s := range m.order {
		if !s.ended {
			s.bar.Abort(false)
		}
	}
	m.bars.Wait()
}
