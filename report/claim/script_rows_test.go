package claim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/record"
)

// boutiquePlan is a script with a figure of each sort.
var boutiquePlan = plan{
	phases: infos([]stage{{name: "baseline", arm: "A", seconds: 120}, {name: "intervention", arm: "B", seconds: 120}}), ops: []string{"GET /items", "POST /orders"},
	declared: []report.Declared{
		report.Declare(report.SortCounter, "wins"), report.Declare(report.SortRate, "title ok"), report.Declare(report.SortRate, "unused"),
		report.Declare(report.SortValue, "basket [EUR]"), report.Declare(report.SortTransaction, "checkout"),
	},
}

// boutique is a run of boutiquePlan: 120 tasks a phase, a checkout of 2 s and 4 s, a basket of 1 to 60, and one win.
func boutique() *report.Summary {
	r := record.New(record.Config{Phases: boutiquePlan.phases, Shards: 1, Declared: boutiquePlan.declared})
	s := r.Shard(0)
	for i := range 240 {
		at, kind := time.Duration(i)*time.Second, []string{"buyer", "browser"}[i%2]
		took := time.Duration(1+i/120) * 2 * time.Second
		s.Count(record.Planned, at, 1)
		s.Count(record.Started, at, 1)
		s.Count(record.Finished, at, 1)
		x := record.Sample{Op: report.Op{Method: "GET", Name: "/items"}, Intended: at, Woken: at, Sent: at, Done: at + 10*time.Millisecond}
		s.Record(&x)
		s.Of(report.SortTag).RecordTag("region=eu", &x)
		x = record.Sample{Op: report.Op{Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at + took}
		if i%120 == 7 {
			x.Err = "POST /orders: http 503"
		}
		s.Of(report.SortTransaction).Record(&x)
		s.Answer(report.Op{Kind: kind, Name: "title ok"}, at, i%120 > 0)
		s.Value(report.Op{Kind: kind, Name: "basket [EUR]"}, at, float64(i%60+1))
		if i == 199 {
			s.Add(report.Op{Name: "wins"}, at, 1)
		}
	}
	return r.Summary(record.Meta{End: 4 * time.Minute})
}

func TestClaimsOnTransactionsAndFigures(t *testing.T) {
	sum := boutique()
	for text, want := range map[string]struct {
		outcome claim.Outcome
		said    string
	}{
		"wins = 1":                              {claim.Holds, "Wins was 1."},
		"baseline wins = 0":                     {claim.Holds, "Wins in baseline was 0."},
		"intervention wins = 0":                 {claim.Broken, "Wins in intervention was 1."},
		"wins < 1/s":                            {claim.Holds, "1 in all"},
		`"title ok" >= 98%`:                     {claim.Holds, "Title ok was 99.2 %: 238 of 240."},
		`B "title ok" > 99.5%`:                  {claim.Broken, "119 of 120"},
		"unused > 0%":                           {claim.NotShown, "Unused was not used, so there is nothing to compare."},
		"unused < 1%":                           {claim.NotShown, "not used"},
		"basket p95 < 80":                       {claim.Holds, "p95 of basket was 57 EUR; 240 values."},
		"baseline basket max <= 60":             {claim.Holds, "Maximum of basket in baseline was 60 EUR; 120 values."},
		"basket mean < 30":                      {claim.Broken, "30.5"},
		"basket p95 < 1s":                       {claim.NotShown, `"basket" is a value: write basket p95 < 80`},
		"wins p95 < 1s":                         {claim.NotShown, `"wins" is a counter: write wins without a metric`},
		"checkout p95 < 5s":                     {claim.Holds, "p95 of checkout was 4,0"},
		"baseline checkout p50 < 3s":            {claim.Holds, "120 transactions"},
		"run checkout failures < 0.5%":          {claim.Broken, "checkout POST /orders: http 503 (2)"},
		"checkout failures < 2%":                {claim.Holds, "0.83 % of 240 transactions of checkout failed."},
		"checkout requests = 240":               {claim.Holds, "There were 240 transactions of checkout."},
		"GET /items {region=eu} p99 < 1s":       {claim.Holds, "GET /items {region=eu}"},
		"GET /items {region=us} p99 < 1s":       {claim.NotShown, `No operation "GET /items {region=us}"; there is "GET /items {region=eu}".`},
		`"GET /items {region=eu}" requests = 1`: {claim.Broken, "There were 240 requests"},
		"B vs A checkout p50 < +10%":            {claim.Broken, "p50 of checkout"},
		"requests = 240":                        {claim.Holds, "240 requests"},
		"nothing = 1":                           {claim.NotShown, `"nothing" is not a metric (p50,`},
		"checkout = 1":                          {claim.NotShown, `nor a figure that the script declares ("wins",`},
	} {
		r := expect(t, sum, text, want.outcome, want.said)
		assert.NotContains(t, r.Said, "  ")
	}
}

// Figures that a run cannot have are refused before it, with those that there are.
func TestClaimsOnFiguresThatAreNotDeclared(t *testing.T) {
	for text, want := range map[string]string{
		"wons = 1":                       `"wons" is not a metric (p50, p95, p99, any other p<number>, mean, max, failures, throughput, requests, exceptions or exceedance), nor a figure that the script declares ("wins", "title ok", "unused", "basket")`,
		"p59x > 1%":                      `"p59x" is not a metric`,
		"wins p95 < 1":                   `"wins" is a counter: write wins without a metric`,
		"wins p95 < 1s":                  `"wins" is a counter: write wins without a metric`,
		"wins failures < 1%":             `"wins" is a counter: write wins without a metric`,
		`"title ok" mean < 5`:            `"title ok" is a rate: write "title ok" without a metric`,
		"never/s < 1":                    `the unit of a rate stands after the number: write never < 1/s`,
		"later wins = 1":                 `no phase "later"`,
		"checkout = 1":                   `"checkout" is a transaction: write checkout p95 < 2s or checkout failures < 1%`,
		"basket p95 < 1s":                `"basket" is a value: write basket p95 < 80`,
		"B vs A basket p95 < +10%":       `"basket" is a value, and only requests and transactions are compared: write B basket p95 < 80`,
		"basket = 1":                     `"basket" is a value: write basket p95 < 80`,
		"wins < 1%":                      `"wins" is a counter: it is compared with a number such as 1, or a rate such as 2/s, not 1%`,
		`"title ok" > 5`:                 `"title ok" is a rate: it is compared with a share such as 99%, not 5`,
		`run "title ok" p95 > 5`:         `"title ok" is a rate: write "title ok" without a metric`,
		"run GET p95 < 80":               `p95 is compared with a time such as 250ms, not 80; a value of the script is compared with a number, and there is "basket"`,
		"check-out p95 < 2s":             `no phase "check-out"`,
		"run check-out p95 < 2s":         `no operation "check-out"; there are "GET /items", "POST /orders", "checkout"`,
		"GET /item {region=eu} p95 < 2s": `no operation "GET /item {region=eu}"`,
	} {
		c, err := claim.Parse(text)
		require.NoError(t, err, text)
		assert.ErrorContains(t, claim.List{c}.Check(boutiquePlan), want, text)
	}
	c, err := claim.Parse("someone GET /items p95 < 1s")
	require.NoError(t, err)
	assert.EqualError(t, claim.List{c}.Check(boutiquePlan), `claim "someone GET /items p95 < 1s": no phase "someone"; there are "baseline", "intervention"`)
	for _, text := range []string{"wins = 1", "baseline basket p95 < 80", "checkout p95 < 2s", "intervention checkout failures < 1%", "GET /items {region=eu} p99 < 1s", `"title ok" > 99%`, "wins > 1/s"} {
		c, err := claim.Parse(text)
		require.NoError(t, err, text)
		assert.NoError(t, claim.List{c}.Check(boutiquePlan), text)
		assert.Equal(t, text, c.String())
	}
	for text, want := range map[string]string{
		"wins = 1.5":              "= compares whole numbers",
		"wins < 5ms":              `"wins" is not a metric`,
		"wins > -1":               "figure is never negative",
		"abort unless wins < 5":   "a figure of the script cannot end a run",
		"B vs A wins < 5":         `"wins" is not a metric: write p50, p95, p99, any other p<number>, mean, max, failures, throughput, requests, exceptions or exceedance; if it names a figure of the script: no change of one is computed, so say what it must be in a phase, as in B wins < 10`,
		"wins < +10%":             "as in intervention wins < 10",
		`B vs A "title ok" < 1pp`: `as in B "title ok" < 10`,
		"abort unless x p95 < 80": "a figure of the script cannot end a run",
	} {
		_, err := claim.Parse(text)
		assert.ErrorContains(t, err, want, text)
	}
}

// During the run a sum that is to be a number may still pass it, and a share needs some answers.
func TestClaimsOnFiguresSoFar(t *testing.T) {
	list, err := claim.ParseAll("wins = 1", "wins < 5", "wins > 3", "unused > 99%", `"title ok" > 99.5%`, "basket p95 < 80", "checkout p95 < 1s")
	require.NoError(t, err)
	var got []claim.Outcome
	for _, r := range list.JudgeSoFar(boutique()) {
		got = append(got, r.Outcome)
	}
	assert.Equal(t, []claim.Outcome{claim.Undecided, claim.Passing, claim.Undecided, claim.Undecided, claim.Failing, claim.Passing, claim.Failing}, got)
}

// A sentence has no number for what is larger than a value can be, as the tables have none.
func TestClaimsOnValuesBeyondTheRange(t *testing.T) {
	r := record.New(record.Config{Phases: boutiquePlan.phases, Shards: 1, Declared: boutiquePlan.declared})
	for _, x := range []float64{7, 8, 1e13} {
		r.Shard(0).Value(report.Op{Name: "basket [EUR]"}, time.Second, x)
	}
	sum := r.Summary(record.Meta{End: 4 * time.Minute})
	expect(t, sum, "basket max < 80", claim.Broken, "Maximum of basket was >4.4e9 EUR; 3 values.")
	expect(t, sum, "baseline basket p99 < 80", claim.Broken, "p99 of basket in baseline was >4.4e9 EUR; 3 values.")
	expect(t, sum, "basket p50 < 80", claim.Holds, "p50 of basket was 8 EUR; 3 values.")
}

// A transaction ends a run that breaks a claim on it.
func TestGuardKnowsTransactions(t *testing.T) {
	list, err := claim.ParseAll("abort unless checkout p95 < 1s")
	require.NoError(t, err)
	look, p := list.Guard(), boutique().Phases[0]
	for second := range 10 {
		err = look(&report.Snapshot{At: time.Duration(100+second) * time.Second}, &p)
	}
	assert.ErrorContains(t, err, "p95 of checkout was")
	assert.ErrorContains(t, err, "120 transactions")
}

// A figure that only other kinds of users have used is one that this kind did not use: a counter is 0.
func TestClaimsOnFiguresThatAKindDidNotUse(t *testing.T) {
	phases := slices.Clone(boutiquePlan.phases)
	for i := range phases {
		phases[i].Kinds = []report.KindInfo{{Name: "buyer", Share: .5}, {Name: "browser", Share: .5}}
	}
	r := record.New(record.Config{Phases: phases, Shards: 1, Declared: boutiquePlan.declared})
	r.Shard(0).Count(record.Started, time.Second, 1)
	for _, op := range []report.Op{{Kind: "buyer", Name: "wins"}, {Kind: "buyer", Name: "title ok"}, {Kind: "buyer", Name: "basket [EUR]"}} {
		switch op.Name {
		case "wins":
			r.Shard(0).Add(op, time.Second, 3)
		case "title ok":
			r.Shard(0).Answer(op, time.Second, true)
		default:
			r.Shard(0).Value(op, time.Second, 7)
		}
	}
	sum := r.Summary(record.Meta{End: 4 * time.Minute})
	for text, want := range map[string]struct {
		outcome claim.Outcome
		said    string
	}{
		"browser wins = 0":                {claim.Holds, "Wins of browser was 0."},
		"browser wins > 0/s":              {claim.Broken, "Wins of browser was 0/s; 0 in all."},
		"baseline browser wins > 0":       {claim.Broken, "Wins of browser in baseline was 0."},
		"buyer wins = 3":                  {claim.Holds, "Wins of buyer was 3."},
		"wins = 3":                        {claim.Holds, "Wins was 3."},
		"intervention buyer wins = 0":     {claim.NotShown, "Wins of buyer in intervention was 0."}, // no task has run in it
		`browser "title ok" > 1%`:         {claim.NotShown, "Title ok was not used by browser, so there is nothing to compare."},
		`baseline browser basket p95 < 9`: {claim.NotShown, "Basket was not used by browser in baseline, so there is nothing to compare."},
	} {
		assert.NotContains(t, expect(t, sum, text, want.outcome, want.said).Said, "  ")
	}
	c := claim.Claim{Op: report.Op{Kind: "seller", Name: "wins"}, Metric: claim.Own, Is: claim.Below, Limit: claim.Limit{Value: 1, Unit: claim.Number}}
	assert.Equal(t, `No kind of users "seller"; there are "buyer", "browser".`, claim.List{c}.Judge(sum)[0].Said)
	plan := boutiquePlan
	plan.phases = phases
	assert.ErrorContains(t, claim.List{c}.Check(plan), `no kind of users "seller"; there are "buyer", "browser"`)
	assert.ErrorContains(t, claim.List{c}.Check(boutiquePlan), `no kind of users "seller"; all are of one kind`)
}

// A claim on an arm of several phases knows how late the generator was in them, of requests, transactions and tags alike,
// and of all kinds of users together.
func TestClaimsOnArmsKnowTheLag(t *testing.T) {
	phases := infos([]stage{{name: "a1", arm: "A", seconds: 60}, {name: "b1", arm: "B", seconds: 60}, {name: "a2", arm: "A", seconds: 60}, {name: "b2", arm: "B", seconds: 60}})
	for i := range phases {
		phases[i].Kinds = []report.KindInfo{{Name: "buyer", Share: .5}, {Name: "browser", Share: .5}}
	}
	r := record.New(record.Config{Phases: phases, Shards: 1})
	for i := range 240 {
		at, late := time.Duration(i)*time.Second, 0*time.Millisecond
		if i/60 == 2 && i%2 == 0 { // every second task of the second A
			late = 50 * time.Millisecond
		}
		op := report.Op{Kind: []string{"buyer", "browser"}[i/2%2], Method: "GET", Name: "/items"}
		x := record.Sample{Op: op, Intended: at, Woken: at + late, Sent: at + late, Done: at + late + 10*time.Millisecond}
		r.Shard(0).Record(&x)
		r.Shard(0).Of(report.SortTag).RecordTag("region=eu", &x)
		x.Op = report.Op{Kind: op.Kind, Name: "checkout"}
		r.Shard(0).Of(report.SortTransaction).Record(&x)
	}
	sum := r.Summary(record.Meta{End: 4 * time.Minute})
	const doubt = "The generator was late: p95 is not measured."
	for _, op := range []string{"", "GET /items ", "buyer ", "buyer GET /items ", "checkout ", "buyer checkout ", "GET /items {region=eu} ", "buyer GET /items {region=eu} "} {
		assert.Contains(t, expect(t, sum, "A "+op+"p95 < 1s", claim.Holds, "").Notes, doubt, op)
		assert.NotContains(t, expect(t, sum, "B "+op+"p95 < 1s", claim.Holds, "").Notes, doubt, op)
	}
}

// Reasons are summed up over phases, and name the kind of users once.
func TestWorstOfTransactionsInSeveralPhases(t *testing.T) {
	r := record.New(record.Config{Phases: boutiquePlan.phases, Shards: 1})
	for i := range 240 {
		at := time.Duration(i) * time.Second
		r.Shard(0).Of(report.SortTransaction).Record(&record.Sample{Op: report.Op{Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at, Err: []string{"", "no", "no", "full"}[i%4]})
	}
	sum := r.Summary(record.Meta{End: 4 * time.Minute})
	assert.Equal(t, []string{"checkout no (120)", "checkout full (60)"}, expect(t, sum, "run checkout failures < 1%", claim.Broken, "").Worst)
	assert.Equal(t, []string{"checkout no (60)", "checkout full (30)"}, expect(t, sum, "baseline checkout failures < 1%", claim.Broken, "").Worst)
}

// The sentences of an effect on a transaction count transactions.
func TestEffectsOnTransactionsCountTransactions(t *testing.T) {
	sum := boutique()
	for _, metric := range []string{"p95 < +10%", "mean < +10%", "failures < +1pp", "exceedance < +1pp"} {
		for subject, noun := range map[string][2]string{"checkout": {"transactions", "requests"}, "GET /items": {"requests", "transactions"}} {
			r := judged(t, sum, "B vs A "+subject+" "+metric)[0]
			text := r.Said + strings.Join(r.Notes, " ")
			assert.Contains(t, text, noun[0], r)
			assert.NotContains(t, text, noun[1], r)
		}
	}
}
