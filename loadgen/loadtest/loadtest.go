package loadtest

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// Run runs r and returns its Summary; the test ends at once if it cannot be
// run, if it is aborted, if a claim does not hold or if something never worked once: an
// operation without a success, say, whatever the claims are about. The run ends early when
// t.Context() does. Progress goes to the test's log, and so do warnings of the
// engine if r has no Logger.
//
// Call it from the test's own goroutine.
func Run(t testing.TB, r loadgen.Runner, claims ...string) *report.Summary {
	t.Helper()
	return RunAll(t, r, parsed(t, claims))
}

// RunAll is [Run] with claims as Go values.
func RunAll(t testing.TB, r loadgen.Runner, claims claim.List) *report.Summary {
	t.Helper()
	uncached(t)
	plan, err := r.Plan()
	if err != nil {
		t.Fatalf("loadtest: %v", err)
	}
	if err := claims.Check(plan); err != nil {
		t.Fatalf("loadtest: nothing was run, because it could not be answered:\n%v", err)
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	newProgress(t, plan).follow(&r)
	r.Guard = both(r.Guard, claims.Guard())
	sum, err := r.Run(t.Context())
	if sum == nil {
		t.Fatalf("loadtest: %v", err)
	}
	results := claims.Judge(sum)
	keep(t, sum, claims)
	if err != nil {
		t.Fatalf("loadtest: %v%s", err, listed(claim.Failed(results)))
	}
	logAndRequire(t, results)
	if never := neverWorked(sum); len(never) > 0 {
		t.Fatalf("loadtest: %s", strings.Join(never, "; "))
	}
	return sum
}

// neverWorked lists why a run failed, whatever its claims say.
func neverWorked(sum *report.Summary) []string {
	if sum.Total.Counters.Started == 0 {
		return []string{"no task began before the run ended"}
	}
	return sum.NeverWorked()
}

// Require ends the test if one of the claims does not hold for a run that has
// ended.
func Require(t testing.TB, sum *report.Summary, claims ...string) {
	t.Helper()
	RequireAll(t, sum, parsed(t, claims))
}

func parsed(t testing.TB, claims []string) claim.List {
	t.Helper()
	list, err := claim.ParseAll(claims...)
	if err != nil {
		t.Fatalf("loadtest: %v", err)
	}
	return list
}

// RequireAll is [Require] with claims as Go values.
func RequireAll(t testing.TB, sum *report.Summary, claims claim.List) {
	t.Helper()
	uncached(t)
	logAndRequire(t, claims.Judge(sum))
}

// logAndRequire logs the claims that hold and ends the test if one does not.
func logAndRequire(t testing.TB, results []claim.Result) {
	t.Helper()
	failed := claim.Failed(results)
	for i := range results {
		if results[i].Held() {
			t.Logf("%s", results[i])
		}
	}
	if len(failed) > 0 {
		t.Fatalf("loadtest: %s%s", say.Unheld(len(failed), len(results)), listed(failed))
	}
}

// listed formats results for the end of a message.
func listed(results []claim.Result) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "\n%s", r)
	}
	return b.String()
}

type guard = func(*report.Snapshot, *report.PhaseSummary) error

// both combines two guards; either may be nil.
func both(a, b guard) guard {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(s *report.Snapshot, p *report.PhaseSummary) error {
		return errors.Join(a(s, p), b(s, p))
	}
}
