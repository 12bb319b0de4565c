package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"daybook/batch/offers"
	"daybook/ledger/civil"

	"github.com/spf13/cobra"
)

type offersFlags struct {
	night, accept, inbox string
	paidOn               dateFlag
}

func (a *app) offersCommand() *cobra.Command {
	f := offersFlags{paidOn: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "offers --out-of OUT/DATE --accept OFFER_ID[,...] [--paid-on DATE] --in INBOX",
		Short: "Book offers that borrowers in hardship have taken: write the adjustments of a later night",
		Long: `Offers writes the files that book offers of a published night, for the inbox of a
night to come: adjustments-offers-DATE.parquet, and schedules-offers-DATE.parquet
where an offer has instalments. They count from the business date of the night
that made the offer, so that the loan comes to the offer's figures. Nothing of an
offer is booked without it.

An offer is taken today, or on the day that --paid-on names, which must not be
after it is valid. A settlement is booked when it is paid: --paid-on says when.
Offers of one loan that exclude each other are refused. Files that are there are
never replaced.`,
		Example: `  daybook offers --out-of out/2026-11-20 --accept 5f1c0a9be27d43886d10 --in inbox/2026-11-24`,
	}, func(context.Context, []string) error { return a.takeOffers(&f) })
	c.Flags().StringVar(&f.night, "out-of", "", "folder of the published night that made the offers")
	c.Flags().StringVar(&f.accept, "accept", "", "ids of the offers that were taken, with commas between them")
	c.Flags().Var(&f.paidOn, "paid-on", "the day on which a settlement was paid, or another offer taken (default: today)")
	c.Flags().StringVar(&f.inbox, "in", "", "folder for the files")
	completeFolders(c, "out-of", "in")
	return must(a.json(c), "out-of", "accept", "in")
}

// takenJSON is what offers --json prints.
type takenJSON struct {
	Night civil.Date      `json:"night"` // the business date that made the offers
	Files []takenFileJSON `json:"files"`
}

type takenFileJSON struct {
	Path string `json:"path"`
	Rows int64  `json:"rows"`
}

func (a *app) takeOffers(f *offersFlags) error {
	if err := apart(f.inbox); err != nil {
		return err
	}
	var ids []string
	for id := range strings.SplitSeq(f.accept, ",") {
		ids = append(ids, strings.TrimSpace(id))
	}
	now := time.Now()
	t, err := offers.Take(offers.Options{
		Night: f.night, IDs: ids, PaidOn: f.paidOn.Date, Inbox: f.inbox, Today: civil.Of(now.Year(), int(now.Month()), now.Day()),
	})
	var refused *offers.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Unknown:
		return notFound(refused.Hint, refused)
	case errors.As(err, &refused):
		return failed(refused.Hint, "%w", refused)
	case err != nil:
		return err
	}
	v := takenJSON{Night: t.Night}
	for _, x := range t.Files {
		v.Files = append(v.Files, takenFileJSON(x))
	}
	a.print(v, func() {
		for _, x := range t.Files {
			a.printf("%s: %d rows\n", x.Path, x.Rows)
		}
	})
	return nil
}
