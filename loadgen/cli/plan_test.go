package cli

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/scenario"
)

// TestUsersAndRates is the table of how -u and -r go with LOAD_* variables.
func TestUsersAndRates(t *testing.T) {
	type want struct {
		baseline, intervention         int
		baselineRate, interventionRate float64
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want want
	}{
		{"the seed's defaults", "", nil, want{10, 10, 2, 2}},
		{"flags speak of both phases", "-u 20 -r 5", nil, want{20, 20, 5, 5}},
		{"a closer flag wins", "-u 20 --intervention-users 50 -r 5 --baseline-spawn-rate 1", nil, want{20, 50, 1, 5}},
		{"a flag beats LOAD_*", "-u 20 -r 4", map[string]string{"LOAD_BASELINE_USERS": "1", "LOAD_INTERVENTION_USERS": "50", "LOAD_INTERVENTION_SPAWN_RATE": "9"}, want{20, 20, 4, 4}},
		{"LOAD_* beats LOCUST_*", "", map[string]string{"LOCUST_USERS": "7", "LOCUST_SPAWN_RATE": "3", "LOAD_INTERVENTION_USERS": "50"}, want{7, 50, 3, 3}},
		{"a closer flag beats LOCUST_*", "--baseline-users 2", map[string]string{"LOCUST_USERS": "7"}, want{2, 7, 2, 2}},
		{"all at once", "-r inf", nil, want{10, 10, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, err := configured(t, shop(), append(words(c.args), "--warmup-duration=5m"), c.env)
			require.NoError(t, err)
			s, err := config.schedule()
			require.NoError(t, err)
			require.Len(t, s, 2)
			assert.Equal(t, c.want, want{s[0].Users, s[1].Users, s[0].SpawnRate, s[1].SpawnRate})
		})
	}
}

func TestSchedule(t *testing.T) {
	type span struct {
		name string
		long time.Duration
	}
	for _, c := range []struct {
		env  map[string]string
		want []span
	}{
		{map[string]string{}, []span{{"intervention", 0}}},
		{map[string]string{"LOCUST_RUN_TIME": "60"}, []span{{"intervention", time.Minute}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 0}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300", "LOCUST_RUN_TIME": "900"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 10 * time.Minute}}},
	} {
		config, err := configured(t, shop(), nil, c.env)
		require.NoError(t, err)
		s, err := config.schedule()
		require.NoError(t, err)
		var got []span
		for _, p := range s {
			got = append(got, span{p.Name, p.For})
		}
		assert.Equalf(t, c.want, got, "%v", c.env)
	}
}

func TestWeightsOfEachPhase(t *testing.T) {
	config, err := configured(t, shop(), nil, map[string]string{
		"LOAD_WARMUP_DURATION": "1m", "LOAD_BASELINE_TASK_WEIGHTS": `{"list": 1}`, "LOAD_INTERVENTION_TASK_WEIGHTS": `{"buy": 2}`,
	})
	require.NoError(t, err)
	s, err := config.schedule()
	require.NoError(t, err)
	assert.Equal(t, phase.Weights{"list": 1}, s[0].Weights)
	assert.Equal(t, phase.Weights{"buy": 2}, s[1].Weights)
}

func TestRhythm(t *testing.T) {
	config, err := configured(t, shop(), words("--on=10s --off=20s"), map[string]string{"LOAD_THINK": "1s..3s"})
	require.NoError(t, err)
	pace, err := config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.OnOff{}, pace)
	assert.InDelta(t, 1.0/3, pace.Load(0).OnShare, 1e-9)
	config, err = configured(t, shop(), words("--always-on"), nil)
	require.NoError(t, err)
	pace, err = config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.Think{}, pace)
}

// laidOut is a schedule in a line: names, arms, lengths.
func laidOut(s phase.Schedule) string {
	var parts []string
	for _, p := range s {
		parts = append(parts, fmt.Sprintf("%s/%s %v", p.Name, p.Arm, p.For))
	}
	return strings.Join(parts, ", ")
}

func TestDesigns(t *testing.T) {
	for args, want := range map[string]string{
		"-t 10m --design aba":                                          "baseline/A 3m20s, intervention/B 3m20s, baseline-2/A 3m20s",
		"-t 10m --design ABA --warmup-duration 2m":                     "baseline/A 2m0s, intervention/B 6m0s, baseline-2/A 2m0s",
		"-t 4m --design pairs=2":                                       "intervention-1/B 1m0s, baseline-1/A 1m0s, baseline-2/A 1m0s, intervention-2/B 1m0s",
		"-t 4m --design pairs=2 --warmup-duration 45":                  "intervention-1/B 1m15s, baseline-1/A 45s, baseline-2/A 45s, intervention-2/B 1m15s",
		"-t 10m --design aa":                                           "baseline-1/A 5m0s, baseline-2/A 5m0s",
		"-t 9m --design aa=3":                                          "baseline-1/A 3m0s, baseline-2/A 3m0s, baseline-3/A 3m0s",
		"-t 10m --design ab --warmup-duration 5m":                      "baseline/ 5m0s, intervention/ 5m0s",
		"-t 10m --warmup-duration 5m --matched":                        "baseline/A 5m0s, intervention/B 5m0s",
		"-t 8m --design load-x-intervention -u 50 --baseline-users 10": "low-off/A 2m0s, low-on/B 2m0s, high-on/B 2m0s, high-off/A 2m0s",
		"-t 20m --design load-x-intervention=2 --baseline-users 5 --warmup-duration 2m": "low-off-1/A 2m0s, low-on-1/B 3m0s, high-on-1/B 3m0s, high-off-1/A 2m0s, " +
			"high-off-2/A 2m0s, high-on-2/B 3m0s, low-on-2/B 3m0s, low-off-2/A 2m0s",
	} {
		c, err := configured(t, shop(), append(words(args), "--seed=3"), nil)
		require.NoError(t, err, args)
		s, err := c.schedule()
		require.NoError(t, err, args)
		assert.Equal(t, want, laidOut(s), args)
		for _, p := range s {
			assert.Equal(t, strings.Contains(args, "matched"), p.Replay > 0, args)
		}
	}
	c, err := configured(t, shop(), words("-t 10m --design aba --settle 20 --baseline-users 3 --intervention-users 7"), nil)
	require.NoError(t, err)
	s, err := c.schedule()
	require.NoError(t, err)
	for i, users := range []int{3, 7, 3} {
		assert.Equal(t, users, s[i].Users)
		assert.Equal(t, 20*time.Second, s[i].Settle)
	}
}

func TestDesignsThatAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"--design abba":                                         `--design="abba"; accepted: ab, aba, pairs=10, aa or aa=3, load-x-intervention or load-x-intervention=2`,
		"--design load-x-intervention=0":                        `--design="load-x-intervention=0"; accepted: `,
		"--design load-x-intervention -t 9m":                    `--design="load-x-intervention": both loads are 10 users; accepted: --baseline-users and --intervention-users that differ, such as 10 and 50`,
		"--design load-x-intervention -t 9m --baseline-users 0": `--design="load-x-intervention": one of the loads has 0 users; accepted: `,
		"--design load-x-intervention --baseline-users 5":       `--design="load-x-intervention": a design needs an end; accepted: a --run-time`,
		"--design load-x-intervention -t 3s --baseline-users 5": `--design="load-x-intervention": the run is too short for these phases`,
		"--design load-x-intervention -t 9m --baseline-users 5": `--design="load-x-intervention": there is no intervention: both arms do the same; ` +
			`accepted: an --intervention-enter, or --intervention-task-weights other than those of the baseline`,
		"--design pairs":                              `--design="pairs"; accepted: `,
		"--design pairs=1":                            `--design="pairs=1"; accepted: `,
		"--design aba=2":                              `--design="aba=2"; accepted: `,
		"--design aba":                                `--design="aba": a design needs an end; accepted: a --run-time`,
		"--design pairs=5 --warmup-duration 60":       `--design="pairs=5": a design needs an end`,
		"--design aba -t 60 --warmup-duration 30":     `--design="aba": the run is too short for these phases; accepted: a longer --run-time`,
		"--design pairs=9 -t 60 --warmup-duration 30": `--design="pairs=9": the run is too short`,
		"--design aa=1000 -t 60":                      `--design="aa=1000": the run is too short`,
		"--margin 5":                                  `--margin="5"; accepted: a share such as 5% or 0.05`,
		"--level 50%":                                 `--level="50%"; accepted: more than 50% and less than 100%, such as 99%`,
		"--level 95":                                  `--level="95"; accepted: `,
		"--level 100%":                                `--level="100%"; accepted: `,
		"--margin 0%":                                 `--margin="0%"; accepted: `,
		"--primary fast":                              `--primary="fast"; accepted: p50, p95`,
		"-t 60 --assert p95":                          `--assert="p95": nothing is compared: write <,`,
		"-t 60 --assert=lost_p95<1s":                  `is not a metric`,
	} {
		got := start(t, shop(), nil, append(words(args), "--headless")...)
		assert.Equal(t, 2, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
	}
	got := start(t, market(nil), nil, "--headless", "-t", "60", "--assert", "baseline p95 < 1s")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, `--assert: claim "baseline p95 < 1s": no phase "baseline"; there is "intervention"`)
	got = start(t, market(nil), map[string]string{"LOAD_ASSERT": "a p95 < 1s; b p95 < 1s"}, "--headless", "-t", "60")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, `LOAD_ASSERT: claim "a p95 < 1s": no phase "a"`)
	assert.Contains(t, got.stderr, `no phase "b"`)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
}

func TestBrokenClaimsExitWith3(t *testing.T) {
	dir := t.TempDir()
	md, junit, html := filepath.Join(dir, "x.md"), filepath.Join(dir, "x.xml"), filepath.Join(dir, "x.html")
	args := []string{"-t", "10m", "--warmup-duration", "5m", "--markdown", md, "--junit", junit, "--html", html,
		"--assert", "baseline p95 < 1s", "--assert", "intervention p95 < 1ms"}
	got, _ := virtual(t, market(nil), nil, args...)
	assert.Equal(t, 3, got.code)
	inOrder(t, got.stderr, "1 of 2 claims does not hold.\n", "Effect (A-B): intervention against baseline", "Claims\n", "broken: intervention p95 < 1ms", "replay: seed 1, plan ",
		"holds: baseline p95 < 1s", "Phase baseline, ", "claim broken: intervention p95 < 1ms: p95 in intervention was ", "Shutting down (exit code 3)")
	assert.NotContains(t, got.stderr, "What changed from", "the effect says it better")
	text, err := os.ReadFile(md)
	require.NoError(t, err)
	assert.Contains(t, string(text), "# shop\n\n**1 of 2 claims does not hold.**")
	assert.Contains(t, string(text), "shop 1.2.3")
	text, err = os.ReadFile(junit)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(text, new(any)))
	assert.Contains(t, string(text), `<testcase classname="claims" name="intervention p95 &lt; 1ms"`)
	text, err = os.ReadFile(html)
	require.NoError(t, err)
	inOrder(t, string(text), "1 of 2 does not hold", "intervention p95 &lt; 1ms", "p95 in intervention was ", "requests", "replay: seed 1, plan ", "baseline p95 &lt; 1s")

	got, _ = virtual(t, market(nil), nil, "-t", "10m", "--warmup-duration", "5m", "--assert", "p95 < 1s", "--assert", "intervention vs baseline p95 < +10%")
	assert.Equal(t, 0, got.code)
	assert.Contains(t, got.stderr, "holds: intervention vs baseline p95 < +10%")

	got, _ = virtual(t, market(errors.New("sold out")), nil, "-t", "60", "--assert", "p95 < 1s", "--exit-code-on-error=7")
	assert.Equal(t, 3, got.code, "a broken claim says more than a failed request")
	got, _ = virtual(t, market(errors.New("sold out")), nil, "-t", "60", "--assert", "failures <= 100%")
	assert.Equal(t, 1, got.code, "failed requests still count")
}

func TestHopelessRunEnds(t *testing.T) {
	got, took := virtual(t, market(errors.New("sold out")), nil, "-t", "60m", "--assert", "abort unless failures < 20%")
	assert.Equal(t, 3, got.code)
	assert.Less(t, took, time.Minute)
	inOrder(t, got.stderr, "aborting run", "run aborted: broken beyond hope: abort unless failures < 20%", "broken: abort unless failures < 20%", "(exit code 3)")
}

// A design on the command line is analysed as that design.
func TestPairsFromTheCommandLine(t *testing.T) {
	long(t)
	app := market(nil)
	inner := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := inner(ctx, s)
		job.NewUser = func(scenario.Env) (scenario.User, error) { return measured{}, nil }
		return job, err
	}
	got, took := virtual(t, app, nil, "-t", "12m", "--design", "pairs=6", "--matched", "--assert", "B vs A p50 < +5%", "-u", "50")
	assert.Equal(t, 0, got.code, got.stderr)
	assert.Equal(t, 12*time.Minute, took.Round(time.Second))
	inOrder(t, got.stderr, "Effect (pairs): 6 phases against 6 phases", "holds: B vs A p50 < +5%")
	got, _ = virtual(t, app, nil, "-t", "10m", "--design", "aa")
	assert.Contains(t, got.stderr, "Effect (A-A): baseline-2 against baseline-1")
	assert.Contains(t, strings.Join(strings.Fields(got.stderr), " "), "comparisons without a difference were called an effect")
	got, _ = virtual(t, app, nil, "-t", "12m", "--design", "aba", "--primary", "mean", "--margin", "10%", "--level", "99%")
	assert.Contains(t, strings.Join(strings.Fields(got.stderr), " "), "(99 % interval)")
	assert.Contains(t, got.stderr, "Effect (A-B-A): intervention against baseline, baseline-2")
}

// A design that cannot answer is reported before the run.
func TestDesignsThatAskInVain(t *testing.T) {
	for args, want := range map[string]string{
		"-t 3m --design aba": `shop: this run can have no verdict: phases "baseline" (40.5s), "intervention" (45s) and "baseline-2" (45s) are too short after ramp and settling; ` +
			"an effect needs 1m in each phase: a run of 4m would do, 1m20s in each phase\n",
		"-t 20m --design pairs=4":    "shop: this run can have no verdict: 4 pairs are too few; it takes 5, better 10\n",
		"-t 10m --design aba":        "",
		"-t 60 --warmup-duration 30": "", // no design was asked for
	} {
		got := start(t, market(nil), nil, append(words(args), "--plan", "--baseline-spawn-rate=2", "--baseline-users=10")...)
		assert.Equal(t, 0, got.code, args)
		assert.Equal(t, want, got.stderr, args)
	}
	got, _ := virtual(t, market(nil), nil, "-t", "24", "--design", "aba")
	inOrder(t, got.stderr, "WARNING", `this run can have no verdict: phases "baseline" (1.8s), "intervention" (`, "Too short to tell on p95", "What changed from baseline to intervention")
}

// The run time that a refusal or a warning names would do, whatever the plan: no third try is needed.
func TestTheRunTimeThatWouldDo(t *testing.T) {
	long(t)
	random := rand.New(rand.NewPCG(3, 4))
	for range 120 {
		shape := []string{"--design aba", "--design aa", "--design aa=3", "--design pairs=5", "--design ab --matched", "--assert=intervention_vs_baseline_p95_<_+1%"}[random.IntN(6)]
		args := append(words(shape), "--plan", "-u", fmt.Sprint(1+random.IntN(40)), "-r", fmt.Sprint([]float64{.5, 2, 20}[random.IntN(3)]),
			"--settle", fmt.Sprint([]int{0, 0, 5, 20}[random.IntN(4)]), "--baseline-users", fmt.Sprint(1+random.IntN(40)))
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		warmUp := strings.Contains(shape, "ab --matched") || strings.Contains(shape, "assert")
		took := 40 + random.IntN(200)
		if warmUp {
			took = 10 + random.IntN(60)
		}
		try := func(run, baseline string) outcome {
			full := append(args[:len(args):len(args)], "-t", run)
			if warmUp {
				full = append(full, "--warmup-duration", baseline)
			}
			return start(t, market(nil), nil, full...)
		}
		first := try(fmt.Sprint(2*took), fmt.Sprint(took))
		if first.code == 0 && !strings.Contains(first.stderr, "no verdict") {
			continue
		}
		would := regexp.MustCompile(`: a run of (\S+) would do, (?:with )?(\S+) (in each|of "(\w+)")`).FindStringSubmatch(first.stderr)
		require.NotNil(t, would, first.stderr)
		baseline := would[2]
		if would[4] == "intervention" { // that alone was too short
			baseline = fmt.Sprint(took)
		}
		second := try(would[1], baseline)
		assert.Zero(t, second.code, "%v: %s%s", args, first.stderr, second.stderr)
		assert.NotContains(t, second.stderr, "too short", "%v: %s", args, first.stderr)
		assert.NotContains(t, second.stderr, "after ramp and settling", "%v: %s", args, first.stderr)
	}
}

// Claims that cannot be answered for one reason share one line, which names all phases that are too short.
func TestShortPhasesAreNamedAtOnce(t *testing.T) {
	got := start(t, market(nil), nil, "--headless", "-t", "60", "--warmup-duration", "30", "--assert", "intervention vs baseline p95 < +10%",
		"--assert", "intervention vs baseline failures < +1pp", "--assert", "intervention vs baseline p95 recovery < 60s")
	assert.Equal(t, 2, got.code)
	assert.Equal(t, 1, strings.Count(got.stderr, `phases "baseline" (`), got.stderr)
	inOrder(t, got.stderr, `"intervention vs baseline p95 < +10%"`, `phases "baseline" (`, `) and "intervention" (15s) are too short after ramp and settling; an effect needs 1m in each phase: a run of `,
		`; so it is for "intervention vs baseline failures < +1pp"`, `"intervention vs baseline p95 recovery < 60s"`, "a recovery needs a baseline of 2m: a run of ")
	runs := regexp.MustCompile(`a run of (\S+) would do`).FindAllStringSubmatch(got.stderr, -1)
	require.Len(t, runs, 2)
	assert.Equal(t, runs[0][1], runs[1][1], "one that does for all of them")
}

func TestPrimaryMetric(t *testing.T) {
	for args, want := range map[string]effect.Metric{
		"": effect.P95, "--primary p99": effect.P99, "--assert=b_vs_a_p50_<_+1%": effect.P50, "--primary mean --assert=b_vs_a_p50_<_+1%": effect.Mean,
	} {
		list := words(args)
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], "_", " ")
		}
		c, err := configured(t, shop(), list, nil)
		require.NoError(t, err)
		assert.Equal(t, want, c.judged().Primary, args)
	}
}

// A request from the command line begins and ends each phase of the intervention.
func TestHooksFromTheCommandLine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var calls []string
	chaos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls = append(calls, r.Method+" "+string(body))
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer chaos.Close()
	enter, exit := "POST "+chaos.URL+`/toxics {"name": "slow"}`, "DELETE "+chaos.URL+"/toxics/slow"
	aba := []string{"--headless", "-t", "3", "--design", "aba"}
	got := start(t, shop(), map[string]string{"LOAD_INTERVENTION_ENTER": enter}, append(aba, "--intervention-exit", exit)...)
	assert.Zero(t, got.code, got.stderr)
	assert.Equal(t, []string{`POST {"name": "slow"}`, "DELETE "}, calls)

	calls = nil
	got = start(t, shop(), nil, append(aba, "--intervention-enter", "PUT "+chaos.URL+"/broken x")...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "status 418")
	assert.Equal(t, []string{"PUT x"}, calls)
}

// Requests that cannot be sent, or that no phase would send, are refused.
func TestHooksThatAreRefused(t *testing.T) {
	for arg, want := range map[string]string{
		"--intervention-enter=POST foo":  `--intervention-enter="POST foo": hook: URL is "foo"`,
		"--intervention-exit=http://foo": `--intervention-exit="http://foo": there is no intervention with --design="aa"`,
	} {
		refused := start(t, shop(), nil, arg, "--design=aa", "-t", "60")
		assert.Equal(t, 2, refused.code)
		assert.Contains(t, refused.stderr, want)
	}
}

// TestStages is the table of how --stages goes with the other settings of the load.
func TestStages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "day.csv")
	require.NoError(t, os.WriteFile(file, []byte("offset,level\n0,50\n10m,50\n10m,500\n"), 0o600))
	for _, c := range []struct {
		args string
		env  map[string]string
		want string // names, lengths, stages or users of the phases
		log  string // a line of the log
	}{
		{"--stages 2m:10,5m:50,30s:0", nil, "intervention 7m30s 2m:10, 5m:50, 30s:0", ""},
		{"", map[string]string{"LOAD_STAGES": "2m:10"}, "intervention 2m0s 2m:10", ""},
		{"--stages @" + file, nil, "intervention 10m0s 0:50, 10m:50, 0:500", ""},
		{"--stages 1m:100/s,10m:100/s", nil, "intervention 11m0s 1m:100/s, 10m:100/s poisson", ""},
		{"--stages 1m:100/s --max-in-flight 40", nil, "intervention 1m0s 1m:100/s poisson, at most 40", ""},
		{"--stages 1m:100 --max-in-flight 40 --headless", nil, "intervention 1m0s 1m:100", `--max-in-flight="40" has no effect: no stages give a rate of arrivals`},
		{"-u 30 --headless", map[string]string{"LOAD_STAGES": "2m:10/s", "LOAD_MAX_IN_FLIGHT": "7"}, "intervention 0s 30", `LOAD_MAX_IN_FLIGHT="7" has no effect: no stages give a rate of arrivals`},
		{"--stages 2m:10,5m:50 -t 3m", nil, "intervention 3m0s 2m:10, 5m:50", ""},
		{"--stages 2m:10 -t 10m --warmup-duration 1m --baseline-users 3", nil, "baseline 1m0s 3; intervention 9m0s 2m:10", ""},
		{"--stages 2m:10 --warmup-duration 1m --baseline-users 0", nil, "baseline 1m0s 0; intervention 2m0s 2m:10", ""},
		{"--stages 2m:10", map[string]string{"LOAD_INTERVENTION_USERS": "50", "LOCUST_SPAWN_RATE": "7"}, "intervention 2m0s 2m:10",
			`LOAD_INTERVENTION_USERS="50" has no effect in the intervention: --stages gives the level`},
		{"-u 30", map[string]string{"LOAD_STAGES": "2m:10"}, "intervention 0s 30", `LOAD_STAGES has no effect: --users="30" gives the level`},
		{"", map[string]string{"LOAD_STAGES": ""}, "intervention 0s 10", ""},
	} {
		config, err := configured(t, shop(), words(c.args), c.env)
		require.NoError(t, err, c.args)
		s, err := config.schedule()
		require.NoError(t, err, c.args)
		var got []string
		for _, p := range s {
			load := fmt.Sprint(p.Users)
			if p.Stages != nil {
				load = p.Stages.String()
			} else if p.Arrivals != nil {
				load = p.Arrivals.Stages.Rates() + " " + p.Arrivals.Spacing.String()
				if p.Arrivals.MaxInFlight > 0 {
					load += fmt.Sprint(", at most ", p.Arrivals.MaxInFlight)
				}
			}
			got = append(got, fmt.Sprintf("%s %v %s", p.Name, p.Length(), load))
		}
		assert.Equal(t, c.want, strings.Join(got, "; "), "%s %v", c.args, c.env)
		if c.log != "" {
			assert.Contains(t, config.remarks(), c.log)
		}
	}
}

func TestBadStages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "day.csv")
	for content, want := range map[string]string{
		"0,5\n30s,6\n20s,7":    "line 3: offset 20s comes after 30s: want them in the order of time",
		"# none":               "there are no lines: want offset,level in each",
		"0,5\n1,2,3":           "line 2: 3 fields, want 2: offset, level",
		"0,5\n1,NaN":           `line 2: level "NaN": want a number of users such as 50, or a rate such as 100/s`,
		string([]byte{0, 255}): "",
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := configured(t, shop(), []string{"--stages=@" + file}, nil)
		require.Error(t, err)
		assert.Contains(t, err.Error(), fmt.Sprintf("--stages=%q: %s: %s", "@"+file, file, want))
		assert.NotContains(t, err.Error(), "\n")
	}
	for args, want := range map[string]string{
		"--stages 2m10,5m:50":                       `--stages="2m10,5m:50": stage 1, "2m10": want SPAN:LEVEL, such as 2m:10`,
		"--stages 2m:10,5x:50":                      `--stages="2m:10,5x:50": stage 2, "5x:50": span "5x": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"--stages 2m:10,5m:50/s":                    `--stages="2m:10,5m:50/s": stage 2 is a rate, stage 1 are users: want all of one sort`,
		"--stages 2m:10/s --max-in-flight -1":       `--max-in-flight="-1"; accepted: a whole number from 0 to 10000000`,
		"--stages 2m:0":                             `--stages="2m:0": stages never leave 0: want a level above 0 somewhere`,
		"--stages @/no/such":                        `--stages="@/no/such": /no/such: no such file or directory`,
		"--stages 2m:10 -u 5":                       `--users and --stages both give a level: want one of them`,
		"--stages 2m:10 --spawn-rate 5":             `--spawn-rate and --stages both give a level: want one of them`,
		"--stages 2m:10 --design aba -t 9m":         `--design="aba" with --stages: a moving level gives no effect: want one of them`,
		"--stages 2m:10 --warmup-duration 9m -t 8m": `--run-time="8m": the run would end before the intervention starts; accepted: more than --warmup-duration="9m", or 0 for no limit`,
	} {
		config, err := configured(t, shop(), words(args), nil)
		if err == nil {
			_, err = config.schedule()
		}
		assert.EqualError(t, err, want, args)
	}
}
