package store

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
)

// Each night has tables of its own, and to find that a night is there opens one: what asks
// for all nights takes longer with each that is closed. What needs one night asks for that.

const firstDay, lastDay civil.Date = math.MinInt32, math.MaxInt32

// Nights returns the dates of all nights, in order. It opens a table for each.
func (b *Book) Nights() ([]civil.Date, error) { return b.NightsIn(firstDay, lastDay) }

// NightsIn returns the dates of the nights from a day through a day, in order. It opens a
// table for each of them.
func (b *Book) NightsIn(from, through civil.Date) (nights []civil.Date, err error) {
	err = b.overNights(from, through, func(it *pebble.Iterator) error {
		for ok := it.First(); ok; {
			d, err := nightOf(it.Key())
			if err != nil {
				return err
			}
			nights = append(nights, d)
			ok = it.SeekGE(successor(nightKey(d)))
		}
		return nil
	})
	return nights, err
}

// LastNights returns the dates of the last nights, in order, as many as there are of count.
func (b *Book) LastNights(count int) (nights []civil.Date, err error) {
	err = b.overNights(firstDay, lastDay, func(it *pebble.Iterator) error {
		for ok := it.Last(); ok && len(nights) < count; {
			d, err := nightOf(it.Key())
			if err != nil {
				return err
			}
			nights = append(nights, d)
			ok = it.SeekLT(nightKey(d))
		}
		return nil
	})
	slices.Reverse(nights)
	return nights, err
}

// HasNight reports whether the book has closed a night.
func (b *Book) HasNight(d civil.Date) (bool, error) {
	found, err := b.night(d, d, (*pebble.Iterator).First)
	return found != civil.None, err
}

// FirstNight returns the date of the first night, or [civil.None].
func (b *Book) FirstNight() (civil.Date, error) { return b.NightFrom(firstDay) }

// LastNight returns the date of the last night, or [civil.None].
func (b *Book) LastNight() (civil.Date, error) { return b.NightThrough(lastDay) }

// NightFrom returns the date of the first night from a day on, or [civil.None].
func (b *Book) NightFrom(d civil.Date) (civil.Date, error) {
	return b.night(d, lastDay, (*pebble.Iterator).First)
}

// NightThrough returns the date of the last night through a day, or [civil.None].
func (b *Book) NightThrough(d civil.Date) (civil.Date, error) {
	return b.night(firstDay, d, (*pebble.Iterator).Last)
}

// night returns the date of the first or last night from a day through a day.
func (b *Book) night(from, through civil.Date, end func(*pebble.Iterator) bool) (d civil.Date, err error) {
	d = civil.None
	err = b.overNights(from, through, func(it *pebble.Iterator) (err error) {
		if end(it) {
			d, err = nightOf(it.Key())
		}
		return err
	})
	return d, err
}

// overNights hands an iterator over the keys of nights to a function.
func (b *Book) overNights(from, through civil.Date, do func(it *pebble.Iterator) error) error {
	if from > through {
		return nil
	}
	it, err := b.iter(nightKey(from), successor(nightKey(through)))
	if err == nil {
		err = errors.Join(do(it), it.Close())
	}
	if err != nil {
		return fmt.Errorf("read nights: %w", err)
	}
	return nil
}

// nightKey is what all keys of a night begin with.
func nightKey(d civil.Date) []byte { return appendDate([]byte{letterNight}, d) }
