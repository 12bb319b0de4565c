package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// What a file may hold. These are the same on every machine, with any number
// of workers and any budget: the same file is read everywhere or nowhere.
const (
	footerMax = 32 << 20  // bytes of a footer
	pageMax   = 128 << 20 // bytes of a page, packed or expanded; DuckDB ends its own at 100 MB
	groupMax  = 512 << 20 // bytes that the pages in work of one row group may take
)

// A pool bounds the memory of all readers together by making them wait, not by
// refusing what does not fit: row groups are decoded at the same time as far as
// the budget goes, and where it does not go that far, one after the other. One
// at a time may go beyond it, up to groupMax, so that there is always one that
// ends and gives its memory back.
//
// Rejected: a share for each worker (what a machine with many cores refuses, one
// with few reads), and claiming a row group's sizes before it begins (the
// footer's sizes are only claims, and pages take a small part of them).
type pool struct {
	mu     sync.Mutex
	freed  sync.Cond
	most   int64
	held   int64
	beyond bool         // a space goes beyond the budget
	spare  []*workspace // with buffers to use again, counted in held
}

func newPool(most int64) *pool {
	p := &pool{most: most}
	p.freed.L = &p.mu
	return p
}

// take returns a workspace, one with buffers where there is one.
func (p *pool) take() *workspace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.spare); n > 0 {
		w := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return w
	}
	return &workspace{pool: p}
}

// give takes a workspace back. Buffers are kept where they are a small part of
// the budget.
func (p *pool) give(w *workspace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.beyond || w.held > p.most/4 {
		p.drop(w)
	} else {
		p.spare = append(p.spare, w)
	}
	p.freed.Broadcast()
}

func (p *pool) drop(w *workspace) {
	p.held -= w.held
	if w.beyond {
		p.beyond = false
	}
}

// claim waits until a workspace may have n bytes more.
func (p *pool) claim(w *workspace, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.held+n > p.most && !w.beyond {
		switch {
		case len(p.spare) > 0:
			p.drop(p.spare[0])
			p.spare = p.spare[1:]
		case !p.beyond:
			p.beyond, w.beyond = true, true
		default:
			p.freed.Wait()
		}
	}
	p.held += n
}

// discard takes a workspace back and lets go of its buffers.
func (p *pool) discard(w *workspace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(w)
	p.freed.Broadcast()
}

// empty lets go of the buffers kept.
func (p *pool) empty() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.spare {
		p.drop(w)
	}
	p.spare = nil
}

// A workspace has the buffers for one row group: it belongs to one reader at a
// time.
type workspace struct {
	pool    *pool
	most    int64 // bytes that it may hold
	held    int64
	beyond  bool // it may go beyond the pool's budget
	codecs  codecs
	source  source
	packed  []byte // a page before it is expanded
	cursors []*cursor
}

// cursor returns the i-th cursor.
func (w *workspace) cursor(i int) *cursor {
	for len(w.cursors) <= i {
		w.cursors = append(w.cursors, &cursor{pages: pages{space: w}, vals: values{space: w}})
	}
	return w.cursors[i]
}

var errLimit = errors.New("the pages of its row group would take more")

// grow returns b with length n, its old contents lost.
func grow[T any](w *workspace, b []T, n int) ([]T, error) {
	if n <= cap(b) {
		return b[:n], nil
	}
	var one T
	more := int64(n-cap(b)) * int64(binary.Size(one))
	if w.held+more > w.most {
		return nil, fmt.Errorf("%w than the %d bytes that a file may ask for; write smaller row groups or pages", errLimit, w.most)
	}
	w.pool.claim(w, more)
	w.held += more
	return make([]T, n), nil
}
