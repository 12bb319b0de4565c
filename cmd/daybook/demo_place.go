package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"daybook/bench/portfolio"
)

// A demoPlace is a folder that holds a demo, and what its lender follows from.
type demoPlace struct {
	dir    string
	Loans  int    `json:"loans"`
	Nights int    `json:"nights"`
	Seed   uint64 `json:"seed"`
}

func (p *demoPlace) book() string  { return filepath.Join(p.dir, "book") }
func (p *demoPlace) inbox() string { return filepath.Join(p.dir, "inbox") }
func (p *demoPlace) out() string   { return filepath.Join(p.dir, "out") }
func (p *demoPlace) mark() string  { return filepath.Join(p.dir, "demo.json") }

func (p *demoPlace) portfolio() portfolio.Options {
	return portfolio.Options{Loans: p.Loans, Nights: p.Nights, Seed: p.Seed}
}

// takePlace makes the demo's folder, or finds an earlier demo in it.
func takePlace(f *demoFlags) (*demoPlace, error) {
	if f.dir != "" {
		if err := apart(f.dir); err != nil {
			return nil, err
		}
	}
	p := &demoPlace{dir: f.dir, Loans: f.loans, Nights: f.nights, Seed: f.seed}
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "daybook-demo-")
		if err != nil {
			return nil, err
		}
		p.dir = dir
		return p, p.sign()
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if len(entries) == 0 {
		return p, p.sign()
	}
	found := demoPlace{dir: p.dir}
	info, err := os.Stat(p.mark())
	var data []byte
	if err == nil && info.Mode().IsRegular() { // opening a pipe would wait for ever
		data, err = os.ReadFile(p.mark())
	}
	if err != nil || json.Unmarshal(data, &found) != nil {
		return nil, failed("name a new folder with --dir", "%s is not empty and holds no demo", p.dir)
	}
	if found != *p {
		return nil, failed("name a new folder with --dir, or the same lender to go on with it",
			"%s holds the demo of another lender: --loans %d --nights %d --seed %d", p.dir, found.Loans, found.Nights, found.Seed)
	}
	return p, nil
}

// sign marks the folder as a demo's.
func (p *demoPlace) sign() error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(p.mark(), append(data, '\n'), 0o600)
}

// demoFiles makes the inbox. The nights that a stopped run did not come to, or that
// somebody took away, are made again and have the same bytes.
func (a *app) demoFiles(ctx context.Context, p *demoPlace) error {
	o, whole := p.portfolio(), true
	for i := range p.Nights {
		whole = whole && exists(filepath.Join(p.inbox(), o.Night(i).String()))
	}
	if whole {
		return nil
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(p.dir, ".inbox-")
	if err != nil {
		return err
	}
	err = a.generateInto(ctx, made, o)
	if err == nil {
		err = p.moveIn(made, o)
	}
	return errors.Join(err, os.RemoveAll(made))
}

// moveIn gives the inbox the nights that it lacks. Whatever else is there stays.
func (p *demoPlace) moveIn(made string, o portfolio.Options) error {
	if err := os.MkdirAll(p.inbox(), 0o755); err != nil {
		return err
	}
	for i := range p.Nights {
		night := o.Night(i).String()
		to := filepath.Join(p.inbox(), night)
		if exists(to) {
			continue
		}
		if err := os.Rename(filepath.Join(made, night), to); err != nil {
			return err
		}
	}
	return nil
}
