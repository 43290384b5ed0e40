// Package climb is what the command adds to a search for a capacity: its options, what it would do in words, and its account.
package climb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// Load is a load that is tried.
type Load struct {
	At    float64 // 0: none
	Users bool    // false: arrivals per second
}

// Values are what the options were set to.
type Values struct {
	Claim    setting.Value[capacity.Claim] // the zero Claim asks for no search
	From, To setting.Value[Load]
	Hold     setting.Value[time.Duration]
}

const (
	acceptsClaim = "a claim such as p95 < 250ms, GET /api/todos p95 < 250ms, failures < 1% or mean < 100ms"
	acceptsLoad  = "arrivals per second such as 20/s, or users such as 5; at most 1000000/s, or 10000000"
	acceptsHold  = "a time of at least 3s, such as 15s"
)

// Options are those of a search. timespan reads a length of time.
func (v *Values) Options(timespan func(string) (time.Duration, error)) []setting.Option {
	return []setting.Option{
		{Flag: "capacity", Takes: "CLAIM", Env: []string{"LOAD_CAPACITY"}, Bearing: setting.Load, Accepts: acceptsClaim,
			Help: `search for the highest load at which a claim holds, such as "p95 < 250ms", within the run time of --run-time (15m if not given)`, Set: setting.Into(&v.Claim, parseClaim)},
		{Flag: "capacity-from", Takes: "LOAD", Env: []string{"LOAD_CAPACITY_FROM"}, Bearing: setting.Load, Accepts: acceptsLoad,
			Help: "lowest load of the search, with which it begins: 20/s are arrivals per second, 20 are users; 10/s if not given", Set: setting.Into(&v.From, parseLoad)},
		{Flag: "capacity-to", Takes: "LOAD", Env: []string{"LOAD_CAPACITY_TO"}, Bearing: setting.Load, Accepts: acceptsLoad,
			Help: "highest load that it may try, of the same kind; 10000/s or 1000 users if not given", Set: setting.Into(&v.To, parseLoad)},
		{Flag: "capacity-hold", Takes: "TIME", Env: []string{"LOAD_CAPACITY_HOLD"}, Default: "15s", Bearing: setting.Load, Accepts: acceptsHold,
			Help: "how long one load is held, at least; 15 of them have to fit into the run time", Set: setting.Into(&v.Hold, hold(timespan))},
	}
}

// parseClaim reads what is searched for; nothing at all asks for no search.
func parseClaim(text string) (capacity.Claim, error) {
	if strings.TrimSpace(text) == "" {
		return capacity.Claim{}, nil
	}
	return account.ParseClaim(text)
}

// Limits of a load: what is beyond them is a slip of the keyboard.
const (
	fastest   = 1_000_000
	mostUsers = 10_000_000
)

// parseLoad reads 20/s or 20; nothing at all leaves the zero value.
func parseLoad(text string) (Load, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Load{}, nil
	}
	number, rate := strings.CutSuffix(text, "/s")
	at, err := setting.Float(number)
	ok := err == nil && at > 0 && (rate && at <= fastest || !rate && at <= mostUsers && at == math.Trunc(at))
	return setting.Accepted(Load{at, !rate}, ok)
}

func hold(timespan func(string) (time.Duration, error)) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := timespan(text)
		return setting.Accepted(d, err == nil && d >= 3*time.Second)
	}
}

// Asked reports whether a search is asked for.
func (v *Values) Asked() bool { return v.Claim.V != capacity.Claim{} }

// Defaults of a search.
const (
	usualTime     = 15 * time.Minute
	lowest        = 10
	highestRate   = 10_000
	highestUsers  = 1000
	holdsThatFit  = 15
	fineWithBoth  = "both arrivals per second, such as 20/s and 1000/s, or both users, such as 5 and 200"
	fineWithOrder = "a load from which to go up to a higher one"
)

// Search is the search that the options ask for. whole is the run time; 0: not given.
func (v *Values) Search(whole time.Duration, runTime *setting.Source) (s capacity.Search, err error) {
	from, to := v.From.V, v.To.V
	switch {
	case from.At == 0 && to.At == 0:
		from.At, to.At = lowest, highestRate
	case from.At == 0:
		from = Load{min(lowest, max(1, math.Floor(to.At/2))), to.Users}
	case to.At == 0 && from.Users:
		to = Load{max(highestUsers, 10*from.At), true}
	case to.At == 0:
		to.At = max(highestRate, 10*from.At)
	}
	both := strings.TrimSpace(given(&v.From.Source) + " " + given(&v.To.Source))
	switch {
	case from.Users != to.Users:
		return s, &setting.Error{Where: both, Problem: "one is of users and the other of arrivals", Accepts: fineWithBoth}
	case from.At >= to.At:
		return s, &setting.Error{Where: both, Problem: "there is nothing between them", Accepts: fineWithOrder}
	}
	if whole == 0 {
		whole = max(usualTime, holdsThatFit*v.Hold.V)
	}
	if least := holdsThatFit * v.Hold.V; whole < least {
		return s, &setting.Error{Where: runTime.Where(), Problem: fmt.Sprintf("a search needs the time of %d holds of %s", holdsThatFit, say.Span(v.Hold.V)),
			Accepts: say.Span(least) + " or more, or a shorter --capacity-hold"}
	}
	return v.Claim.V.Ask(capacity.Search{From: from.At, To: to.At, Users: from.Users, Time: whole, Hold: v.Hold.V})
}

// given names a setting that is given.
func given(s *setting.Source) string {
	if !s.Given() {
		return ""
	}
	return s.Where()
}

// Check refuses claims that a search cannot be held to.
func Check(claims claim.List, from *setting.Source, users bool) error {
	for i, c := range claims {
		if err := account.CheckClaim(c, users); err != nil {
			return &setting.Error{Where: from.Showing(from.Texts()[min(i, len(from.Texts())-1)]), Problem: err.Error()}
		}
	}
	return nil
}

// Plan is what would be done, in words.
func Plan(s capacity.Search) (lines []string) {
	a := account.New(s, capacity.Claim{})
	steps := int(math.Ceil(math.Log(s.To/s.From) / math.Log(1.35)))
	return []string{
		fmt.Sprintf("Search for the highest load at which %s holds: %s, from %s to %s, for %s.", s.Claim, map[bool]string{true: "users", false: "single tasks that arrive at random times"}[s.Users],
			a.Load(s.From), a.Load(s.To), say.Span(s.Time)),
		fmt.Sprintf("One load is held for %s, and longer where answers stay slow or fast for longer, up to %s; a flood is broken off, and what it left gets up to %s to end.",
			say.Span(s.Hold), say.Span((s.Time / holdsThatFit).Truncate(time.Second)), say.Span(capacity.Drain)),
		fmt.Sprintf("The load goes up by 35 %% a hold until the claim does not hold, %s at most, then down by 10 %% a hold until it does, and then up by 3 %% a hold and down by 3 to 11 %%.", say.Plural(steps, "hold")),
		"The next load depends on what was measured, so no plan of the whole can be printed; each hold is a run by itself, with a seed one higher than the one before.",
	}
}

// Job is a search to be made by the command.
type Job struct {
	// Live is the search as others follow it.
	Live *staircase.Live
	// Range is where it seeks.
	Range capacity.Search
	// Held is called after each hold; never nil.
	Held func(sum *report.Summary)

	log    *slog.Logger
	claim  capacity.Claim
	sum    *report.Summary         // of the last hold
	cancel context.CancelCauseFunc // ends the search
}

// New prepares a search, which is held to claims and logs each hold.
func New(s staircase.Search, claims claim.List, log *slog.Logger) (*Job, error) {
	j := &Job{Range: s.Range, log: log, claim: s.Claim}
	if s.Runner.Logger != nil {
		s.Runner.Logger = slog.New(brief{s.Runner.Logger.Handler()})
	}
	s.Summed = func(_ time.Duration, sum *report.Summary) { j.sum = sum }
	s.Held = func([]capacity.Hold) { j.noteHold() }
	var err error
	j.Live, err = staircase.NewLive(s, claims)
	return j, err
}

// Run makes the search. The error says what kept it from its end.
func (j *Job) Run(ctx context.Context) error {
	ctx, j.cancel = context.WithCancelCause(ctx)
	defer j.cancel(nil)
	_, err := j.Live.Make(ctx)
	return err
}

func (j *Job) noteHold() {
	a := j.Live.Progress().Search
	j.log.Info(line(a))
	if err := j.unknown(a); err != nil {
		j.cancel(err)
	}
	j.Held(j.sum)
}

// brief is a log without the lines on each run, unless details are wanted: a hold has its own line.
type brief struct{ slog.Handler }

// Enabled implements slog.Handler.
func (b brief) Enabled(ctx context.Context, level slog.Level) bool {
	return b.Handler.Enabled(ctx, level) && (level >= slog.LevelWarn || b.Handler.Enabled(ctx, slog.LevelDebug))
}

// WithAttrs implements slog.Handler.
func (b brief) WithAttrs(attrs []slog.Attr) slog.Handler { return brief{b.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (b brief) WithGroup(name string) slog.Handler { return brief{b.Handler.WithGroup(name)} }

// line says what the last hold came to.
func line(a *account.Search) string {
	h := &a.Holds[len(a.Holds)-1]
	word := "kept"
	switch {
	case h.Flooded:
		word = "flooded, broken off"
	case !h.Kept:
		word = "not kept"
	}
	what, _, _ := strings.Cut(a.Asked.Claim, " <")
	return fmt.Sprintf("hold %d: %s for %s, %s %s: %s", len(a.Holds), a.Load(h.Load), say.Span(time.Duration((h.EndS-h.StartS)*float64(time.Second)).Round(time.Second)), what, a.Measured(h), word)
}

// unknown is an error where the claim is about an operation that no request of the first hold was of.
func (j *Job) unknown(a *account.Search) error {
	op := j.claim.Op
	if len(a.Holds) > 1 || op == (report.Op{}) || a.Holds[0].Count > 0 || j.sum.Total.Requests == 0 {
		return nil
	}
	var names []string
	for _, o := range j.sum.Total.Operations {
		if o.Name != report.Aggregated {
			names = append(names, o.Op().String())
		}
	}
	const most = 6
	if n := len(names) - most; n > 0 {
		names = append(names[:most:most], fmt.Sprintf("%d more", n))
	}
	return fmt.Errorf("the first hold has no request of %q; it has %s", op, say.And(names))
}

// WritePlan writes lines for a terminal.
func WritePlan(w io.Writer, s capacity.Search) error {
	var out strings.Builder
	for _, line := range Plan(s) {
		out.WriteString(say.Wrap("", "  ", say.Printable(line)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}
