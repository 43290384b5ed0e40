package cli

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// queue is a program whose target works on two requests at a time, of 40 ms each on the average: it keeps p95 < 200 ms up to
// 32.9/s. setUps counts its runs.
func queue(setUps *int) App {
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		workers := make(chan struct{}, 2)
		return &Job{
			NewUser: func(env scenario.Env) (scenario.User, error) { return &customer{workers, env.Rand}, nil },
			SetUp:   func(context.Context) (any, error) { *setUps++; return nil, nil },
		}, nil
	}
	return app
}

// customer waits for a worker.
type customer struct {
	workers chan struct{}
	rand    *rand.Rand
}

func (c *customer) Tasks() []scenario.Task {
	task := func(name string) scenario.Task {
		return scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			return measure.Do(ctx, report.Op{Method: "GET", Name: "/" + name}, func(context.Context) error {
				c.workers <- struct{}{}
				time.Sleep(time.Duration(c.rand.ExpFloat64() * float64(40*time.Millisecond)))
				<-c.workers
				return nil
			})
		}}
	}
	return []scenario.Task{task("list"), task("buy")}
}

// accountIn reads the account of a search.
func accountIn(t *testing.T, file string) *account.Search {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	a, err := account.Read(f)
	require.NoError(t, err)
	return a
}

func TestASearchForACapacity(t *testing.T) {
	long(t)
	dir, runs := t.TempDir(), 0
	at := func(name string) string { return filepath.Join(dir, name) }
	got, took := virtual(t, queue(&runs), nil, append(words("--capacity-from 5/s --capacity-to 200/s -t 15m --summary-file "+at("sum.json")+" --markdown "+at("sum.md")+" --junit "+at("sum.xml")+" --html "+at("sum.html")+" --capacity"),
		"p95 < 200ms", "--assert", "capacity > 20/s")...)
	require.Zero(t, got.code, got.stderr)
	assert.Less(t, took, 16*time.Minute)
	a := accountIn(t, at("sum.json"))
	require.Equal(t, capacity.Found, a.Result.Outcome, a.Sentence)
	assert.InEpsilon(t, 32.94, a.Result.Capacity, .15)
	assert.Equal(t, runs, len(a.Holds))
	assert.Equal(t, runs, strings.Count(got.stderr, "INFO/shop: hold "), "a line for each")
	assert.NotContains(t, got.stderr, "run begins")
	inOrder(t, got.stderr, "hold 1: 5/s for 15s, p95 ", " ms: kept\n", "not kept\n", "\n"+strings.SplitAfter(a.Sentence, "(95 %")[0], "Claims", "holds: capacity > 20/s", "Curve of p95 < 200 ms", "fitted", "Shutting down (exit code 0)")
	for i, h := range a.Holds {
		assert.Equal(t, uint64(i+1), h.Seed)
		assert.Positive(t, h.Requests)
		if i > 0 {
			assert.GreaterOrEqual(t, h.StartS, a.Holds[i-1].EndS)
		}
	}
	assert.Equal(t, "shop 1.2.3", a.Program)
	assert.Empty(t, a.Ended)
	for name, want := range map[string]string{"sum.md": "✅ holds", "sum.xml": `classname="capacity"`, "sum.html": "<strong>Capacity:</strong>"} {
		content, err := os.ReadFile(at(name))
		require.NoError(t, err)
		assert.Contains(t, string(content), want)
	}
}

func TestASearchOfUsersWhoseClaimBreaks(t *testing.T) {
	long(t)
	runs := 0
	got, _ := virtual(t, queue(&runs), map[string]string{"LOAD_CAPACITY": "GET /list p95 < 200ms", "LOAD_ASSERT": "capacity > 400 users"},
		words("--capacity-from 15 --capacity-to 500 --always-on --think 1s -t 10m")...)
	assert.Equal(t, exitBroken, got.code)
	inOrder(t, got.stderr, "users, from 15 users to 500 users, for 10m", "hold 1: 15 users for 15s, GET /list p95 ", "Capacity: GET /list p95 < 200 ms holds up to ", " users", ": capacity > 400 users", ": capacity > 400 users: Capacity: ")
}

// A claim that never holds, one that always does, and too short a search: one sentence each, and exit code 1.
func TestSearchesWithoutAnAnswer(t *testing.T) {
	for _, c := range []struct{ claim, args, says string }{
		{"p95 < 1ms", "-t 4m", "No capacity: p95 < 1 ms does not hold at 5/s, the lowest load that was tried; start lower, or ask for less.\n"},
		{"p95 < 10s", "-t 4m --capacity-to 8/s", "No capacity: p95 < 10,000 ms still holds at 8/s, the highest load that was allowed; allow more to find its end.\n"},
		{"p95 < 200ms", "-t 4m", "No capacity: too few holds (1"},
		{"GET /nothing p95 < 200ms", "-t 4m", `the search ended: the first hold has no request of "GET /nothing"; it has GET /buy and GET /list`},
	} {
		runs := 0
		got, _ := virtual(t, queue(&runs), nil, append(words("--capacity-from 5/s "+c.args+" --capacity"), c.claim)...)
		assert.Equal(t, exitFailure, got.code, got.stderr)
		assert.Contains(t, strings.ReplaceAll(got.stderr, "\n  ", " "), c.says)
	}
}

// A signal ends a search with what it found until then.
func TestASignalEndsASearch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum.json")
	runs := 0
	got, took := visiting(t, queue(&runs), "--headless --capacity p95<200ms --capacity-from 5/s -t 4m --summary-file "+file, func(v *visit) {
		time.Sleep(100 * time.Second)
		assert.Equal(t, "it is in progress", accountIn(t, file).Ended, "the file is written while it runs")
		v.terminate()
	})
	assert.Equal(t, exitFailure, got.code)
	assert.Less(t, took, 120*time.Second)
	a := accountIn(t, file)
	assert.Len(t, a.Holds, 6)
	assert.Equal(t, "stopped by a signal", a.Ended)
	inOrder(t, got.stderr, "Got SIGTERM signal", "No capacity: too few holds (6)", "! The search ended before its time: stopped by a signal.")
}

// The page shows a search while it is made, and Locust's addresses the hold in progress. It starts at once and can only be stopped.
func TestThePageOfASearch(t *testing.T) {
	file, runs := filepath.Join(t.TempDir(), "sum.json"), 0
	got, took := visiting(t, queue(&runs), "--capacity p95<200ms --capacity-from 5/s -t 4m --headful --profile x --summary-file "+file, func(v *visit) {
		time.Sleep(5 * time.Second)
		assert.Equal(t, "running 0", v.state())
		code, page := v.get("/")
		assert.Equal(t, 200, code)
		assert.Contains(t, page, `"search":true`)
		time.Sleep(35 * time.Second)
		assert.Equal(t, float64(3), v.object("/stats/requests")["run"].(map[string]any)["number"], "the third hold")
		so := v.object("/api/search")
		assert.Equal(t, "it is in progress", so["ended"])
		assert.Len(t, so["holds"], 2)
		assert.Equal(t, "shop · x", so["name"])
		refused := v.swarm("user_count", "1", "spawn_rate", "1")
		assert.Equal(t, false, refused["success"])
		assert.Contains(t, refused["message"], "a search for a capacity, which chooses the load itself")
		assert.Len(t, v.object("/api/runs")["runs"], 2, "each hold is kept")
		assert.Equal(t, true, v.object("/stop")["success"])
		assert.Equal(t, "stopped 0", v.state())
		assert.Equal(t, "stopped by command", v.object("/api/search")["ended"])
		assert.Len(t, accountIn(t, file).Holds, 2, "what it came to is written while the page stays")
		time.Sleep(time.Hour)
		_, body := v.get("/api/search/view")
		assert.Contains(t, body, "too few holds (2)")
		v.terminate()
	})
	assert.Equal(t, exitFailure, got.code)
	assert.Equal(t, 3, runs, "the third was ended")
	assert.Greater(t, took, time.Hour)
	inOrder(t, got.stderr, "Starting web interface at http://127.0.0.1:8089/", "hold 1: ", "Search stopped", "No capacity: too few holds (2)",
		"! The search ended before its time: stopped by command.", "The page stays at http://127.0.0.1:8089/, use CTRL+C to end; --autoquit 0 ends with the search", "Got SIGTERM signal", "Shutting down (exit code 1)")
}

// With --autoquit the page ends some seconds after the search.
func TestThePageOfASearchEnds(t *testing.T) {
	runs := 0
	got, took := visiting(t, queue(&runs), "--capacity p95<10s --capacity-from 5/s --capacity-to 6/s -t 50 --capacity-hold 3s --autoquit 90 --web-token tok --web-base-path /x", func(v *visit) {
		time.Sleep(80 * time.Second)
		code, _ := v.get("/x/api/search")
		assert.Equal(t, 401, code)
	})
	assert.Equal(t, exitFailure, got.code)
	assert.Less(t, took, 150*time.Second)
	inOrder(t, got.stderr, "still holds at 6/s", "--autoquit time reached, shutting down")
}

func TestThePortOfASearchIsBusy(t *testing.T) {
	runs := 0
	got, _ := refusing(t, queue(&runs), syscall.EADDRINUSE, "--capacity p95<200ms")
	assert.Equal(t, outcome{1, "", `shop: --web-port="8089": port 8089 is busy; accepted: a free port, 0 for any, or --headless` + "\n"}, got)
	assert.Zero(t, runs)
}

func TestThePlanOfASearch(t *testing.T) {
	runs := 0
	got := start(t, queue(&runs), nil, "--capacity", "p95 < 250ms", "--plan", "-t", "30m")
	require.Zero(t, got.code, got.stderr)
	assert.Zero(t, runs)
	inOrder(t, strings.Join(strings.Fields(got.stdout), " "), "highest load at which p95 < 250 ms holds", "from 10/s to 10,000/s, for 30m.", "held for 15s", "up to 2m;", "35 % a hold", "24 holds at most", "no plan of the whole can be printed")
}

// What makes no sense with a search is refused before anything is sent, in one line.
func TestSettingsThatASearchRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"-u 10":                               `shop: --users="10" with --capacity: a search chooses the load itself; accepted: --capacity-from and --capacity-to`,
		"-r 2":                                "a search chooses the load itself",
		"--stages 1m:5":                       "a search chooses the load itself",
		"--max-in-flight 5":                   "a search chooses the load itself",
		"--warmup-duration 1m":                `--warmup-duration="1m" with --capacity: a search has no baseline and no intervention`,
		"--baseline-users 5":                  "a search chooses the load itself",
		"--design aba":                        "no baseline and no intervention",
		"--matched":                           "no baseline and no intervention",
		"--primary p99":                       "no baseline and no intervention",
		"--stop-when-decided":                 "no baseline and no intervention",
		"--pilot x.json":                      "no baseline and no intervention",
		"--intervention-enter POST_http://x":  "no baseline and no intervention",
		"--stop-timeout 5":                    "a search chooses it itself",
		"--csv x":                             `--csv="x" with --capacity: it is of one run, and a search makes one for each hold; accepted: --summary-file, --html, --markdown or --junit`,
		"--json":                              "it is of one run",
		"--reset-stats":                       "it is of one run",
		"--autostart=false":                   `shop: --autostart="false" with --capacity: a search starts at once: there is nothing to enter; accepted: one of them`,
		"--capacity-from 5 --capacity-to 9/s": "one is of users and the other of arrivals",
		"-t 1m":                               `--run-time="1m": a search needs the time of 15 holds of 15s; accepted: 3m45s or more`,
		"--assert p95<200ms":                  `--assert="p95<200ms": a search for a capacity is held to claims on that alone, such as capacity > 150/s`,
		"--assert capacity>20users":           `this search can be held to a claim such as capacity > 150/s`,
		"--summary-file x --markdown x":       "both would write",
	} {
		runs := 0
		got := start(t, queue(&runs), nil, append([]string{"--capacity", "p95 < 250ms"}, strings.Fields(strings.ReplaceAll(args, "_", " "))...)...)
		if strings.Contains(args, "_") {
			got = start(t, queue(&runs), nil, "--capacity", "p95 < 250ms", "--intervention-enter", "POST http://x")
		}
		assert.Equal(t, 2, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
		assert.Zero(t, runs)
	}
	app := market(nil)
	app.Demo = map[string]string{"users": "5"}
	got := start(t, app, nil, "--demo", "--capacity", "p95 < 250ms")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, `shop: --demo="true" with --capacity: a search has no baseline and no intervention`)
	app = market(nil)
	app.Parts = []part.Part{(&crewed{}).part()}
	got = start(t, app, nil, "--lead", "--capacity", "p95 < 250ms")
	assert.Equal(t, 2, got.code)
	assert.Equal(t, "shop: --capacity: several processes would make this load, and a search makes its load in one\n", got.stderr)
	app = market(nil)
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{
			NewUser:  func(scenario.Env) (scenario.User, error) { return measured{}, nil },
			Schedule: func(s phase.Schedule) phase.Schedule { return append(s, phase.Phase{Name: "more", Users: 1}) },
		}, nil
	}
	got = start(t, app, nil, "--capacity", "p95 < 250ms")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "this program makes 2 phases of one, and a hold has one")
}

// Without a search its options say that they do nothing, and a claim on a capacity is refused.
func TestWithoutASearch(t *testing.T) {
	got, _ := virtual(t, market(nil), map[string]string{"LOAD_CAPACITY": ""}, words("-t 9 --capacity-to 50/s")...)
	assert.Zero(t, got.code)
	assert.Contains(t, got.stderr, `--capacity-to="50/s" has no effect without --capacity`)
	got = start(t, market(nil), nil, "-t", "9", "--headless", "--assert", "capacity > 50/s")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "a capacity is what a search finds, and this run is none: give --capacity too")
}

// Parts follow each hold, hear the result once, and may fail the search.
func TestPartsFollowASearch(t *testing.T) {
	runs, concluded := 0, 0
	observed := &countingObserver{}
	app := queue(&runs)
	app.Parts = []part.Part{{Name: "Caller", Start: func(context.Context, part.Setup) (part.Running, error) {
		return part.Running{
			Observer: observed,
			Judge: func(sum *report.Summary) string {
				if sum.Seed == 2 {
					return "the second hold is lost"
				}
				return ""
			},
			Conclude: func(_ context.Context, c part.Conclusion) {
				concluded++
				assert.False(t, c.Passed)
				assert.Contains(t, c.Text, "No capacity: ")
			},
		}, nil
	}, Wanted: func(bool) (bool, string) { return true, "" }}}
	got, _ := virtual(t, app, nil, "--capacity", "p95 < 1ms", "--capacity-from", "5/s", "-t", "4m")
	assert.Equal(t, exitFailure, got.code)
	assert.Equal(t, runs, observed.begun)
	assert.Equal(t, 1, concluded)
	assert.Contains(t, got.stderr, "the second hold is lost")
}

// countingObserver counts runs.
type countingObserver struct{ begun int }

// BeginRun implements measure.Observer.
func (c *countingObserver) BeginRun(measure.Run) measure.RunObserver { c.begun++; return nil }

// The account says what was asked, so that it can be searched again.
func TestTheAccountIsAVersionedDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum.json")
	runs := 0
	synctest.Test(t, func(t *testing.T) {
		start(t, queue(&runs), nil, "--headless", "--capacity", "failures < 1%", "--capacity-from", "5/s", "--capacity-to", "6/s", "-t", "50", "--capacity-hold", "3s", "--seed", "9", "--profile", "x", "--summary-file", file)
	})
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(content, &doc))
	assert.Equal(t, "capacity search", doc["kind"])
	assert.EqualValues(t, 1, doc["version"])
	assert.EqualValues(t, 9, doc["seed"])
	assert.Equal(t, "shop · x", doc["name"])
	assert.Equal(t, map[string]any{"claim": "failure share < 1 %", "unit": "share", "means": "share", "from": 5., "to": 6., "time_s": 50., "hold_s": 3., "limit": .01}, doc["asked"])
}
