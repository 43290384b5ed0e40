package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
)

func TestLifeCycleFromThePage(t *testing.T) {
	got, _ := visiting(t, market(nil), "--autostart=false", func(v *visit) {
		assert.Equal(t, []string{"127.0.0.1:8089"}, v.listened)
		assert.Equal(t, "ready 0", v.state())
		answer := v.swarm("user_count", "5", "spawn_rate", "1")
		assert.Equal(t, true, answer["success"])
		assert.Equal(t, "Swarming started", answer["message"])
		time.Sleep(2500 * time.Millisecond)
		assert.Equal(t, "spawning 3", v.state())
		time.Sleep(4 * time.Second)
		assert.Equal(t, "running 5", v.state())
		before := v.object("/stats/requests")["stats"].([]any)

		v.swarm("user_count", "8", "spawn_rate", "100")
		time.Sleep(2 * time.Second)
		assert.Equal(t, "running 8", v.state())
		after := v.object("/stats/requests")["stats"].([]any)
		last := func(rows []any) float64 { return rows[len(rows)-1].(map[string]any)["num_requests"].(float64) }
		assert.Greater(t, last(after), last(before), "the figures continue")

		_, body := v.get("/stats/reset")
		assert.Equal(t, "ok", body)
		assert.Zero(t, last(v.object("/stats/requests")["stats"].([]any)))
		v.swarm("user_count", "0", "spawn_rate", "100")
		time.Sleep(2 * time.Second)
		assert.Equal(t, "running 0", v.state())
		assert.Equal(t, true, v.object("/stop")["success"])
		assert.Equal(t, "stopped 0", v.state())

		assert.InDelta(t, 20, v.swarm("user_count", "2", "spawn_rate", "2", "run_time", "20")["run_time"], 0)
		time.Sleep(15 * time.Second)
		assert.Equal(t, "running 2", v.state())
		assert.InDelta(t, 5, v.left(), 1.1)
		time.Sleep(6 * time.Second)
		assert.Equal(t, "stopped 0", v.state())
		v.terminate()
	})
	assert.Zero(t, got.code)
	inOrder(t, got.stderr, "Starting web interface at http://127.0.0.1:8089/", `Waiting for a start from the page or by POST /swarm: --autostart="false"`,
		"Ramping to 5 users at a rate of 1.00 per second", `All users spawned: {"Shopper":5} (5 total users)`,
		"Ramping to 8 users at a rate of 100.00 per second", `All users spawned: {"Shopper":8}`,
		"Ramping to 0 users", "Test stopped", "Phase manual", "The page stays at http://127.0.0.1:8089/",
		"Run time limit set to 20 seconds", "--run-time limit reached, stopping test", "Got SIGTERM signal", "Shutting down (exit code 0)")
	assert.Equal(t, 2, strings.Count(got.stderr, "Error report")+strings.Count(got.stderr, "Response time percentiles"), "each run is reported once")
}

func TestAutostartAndAutoquit(t *testing.T) {
	got, took := visiting(t, market(nil), "--run-time=30 --autoquit=5", func(v *visit) {
		time.Sleep(20 * time.Second)
		assert.Equal(t, "running 10", v.state())
		time.Sleep(12 * time.Second)
		assert.Equal(t, "stopped 0", v.state(), "the page is still there")
	})
	assert.Zero(t, got.code)
	assert.Equal(t, 35*time.Second, took.Round(time.Second))
	inOrder(t, got.stderr, "--run-time limit reached, stopping test", "/list", "--autoquit time reached, shutting down", "Shutting down (exit code 0)")
	assert.Contains(t, got.stderr, "intervention 0:05/0:30  users 10", "a line of progress")
	assert.Equal(t, 1, strings.Count(got.stderr, "failures/s"), "no table but the last")
}

func TestAStartHoldsAutoquitUp(t *testing.T) {
	_, took := visiting(t, market(nil), "--run-time=30 --autoquit=5", func(v *visit) {
		time.Sleep(32 * time.Second)
		v.swarm("user_count", "1", "spawn_rate", "1", "run_time", "60")
	})
	assert.Equal(t, 97*time.Second, took.Round(time.Second))
}

func TestPrintStatsBesideThePage(t *testing.T) {
	got, _ := visiting(t, market(nil), "--run-time=10 --autoquit=0 --print-stats", func(*visit) {})
	assert.Equal(t, 6, strings.Count(got.stderr, "failures/s"), "one every 2 s and the last")
}

func TestAPlanAndAHandOnIt(t *testing.T) {
	got, _ := visiting(t, market(nil), "--run-time=120 --warmup-duration=60 --intervention-users=30 --autoquit=0", func(v *visit) {
		time.Sleep(20 * time.Second)
		assert.Equal(t, "running 10", v.state())
		assert.Equal(t, false, v.swarm("user_count", "3", "spawn_rate", "1", "host", "http://127.0.0.1:1")["success"], "the target stays")
		assert.Equal(t, true, v.swarm("schedule", "true")["success"], "it is what runs")
		v.swarm("user_count", "3", "spawn_rate", "100")
		time.Sleep(2 * time.Second)
		assert.Equal(t, "running 3", v.state())
		time.Sleep(58 * time.Second)
		assert.Equal(t, "running 30", v.state(), "the next phase takes over")
		assert.InDelta(t, 40, v.left(), 1.1)
		v.swarm("user_count", "20", "spawn_rate", "100", "run_time", "10")
		time.Sleep(2 * time.Second)
		assert.InDelta(t, 8, v.left(), 1.1, "the run time of a start counts from it, also within the plan")
		time.Sleep(7 * time.Second)
		assert.Equal(t, "running 20", v.state())
	})
	assert.Zero(t, got.code)
	inOrder(t, got.stderr, "Ramping to 10 users", "Ramping to 3 users", `All users spawned: {"Shopper":3}`, "Ramping to 30 users", `All users spawned: {"Shopper":30}`,
		"the number of users was changed by hand: to 3, 20s after the start")
}

func TestTwoStartsAtOnce(t *testing.T) {
	visiting(t, market(nil), "--autostart=false", func(v *visit) {
		var starts sync.WaitGroup
		for i := range 8 {
			starts.Go(func() {
				assert.Equal(t, true, v.swarm("user_count", strconv.Itoa(i+1), "spawn_rate", "100")["success"])
			})
		}
		starts.Wait()
		assert.InDelta(t, 1, v.object("/stats/requests")["run"].(map[string]any)["number"], 0, "one wins, the others adjust")
		v.terminate()
	})
}

func TestAStartWaitsForTheEndOfARun(t *testing.T) {
	visiting(t, market(nil), "--stop-timeout=5", func(v *visit) {
		time.Sleep(10 * time.Second)
		var both sync.WaitGroup
		both.Go(func() { v.object("/stop") })
		both.Go(func() {
			assert.Equal(t, true, v.swarm("user_count", "4", "spawn_rate", "100")["success"])
		})
		both.Wait()
		v.terminate()
	})
}

func TestEveryRunBeginsWithItsHooks(t *testing.T) {
	var entered []string
	app := market(nil)
	make := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := make(ctx, s)
		job.Schedule = func(plan phase.Schedule) phase.Schedule {
			name := plan[0].Name
			plan[0].Enter = phase.HookFunc(func(context.Context) error { entered = append(entered, name); return nil })
			return plan
		}
		return job, err
	}
	visiting(t, app, "--run-time=10", func(v *visit) {
		time.Sleep(11 * time.Second)
		v.swarm("user_count", "1", "spawn_rate", "1")
		time.Sleep(time.Second)
		v.object("/stop")
		v.terminate()
	})
	assert.Equal(t, []string{"intervention", "manual"}, entered)
}

func TestThePageStartsThePlanAgain(t *testing.T) {
	got, _ := visiting(t, market(nil), "--run-time=60 --warmup-duration=30 --intervention-users=20", func(v *visit) {
		time.Sleep(70 * time.Second)
		assert.Equal(t, "stopped 0", v.state())
		assert.Equal(t, "Swarming started using shape class 'Schedule'", v.swarm("schedule", "true")["message"])
		time.Sleep(50 * time.Second)
		assert.Equal(t, "running 20", v.state())
		assert.Equal(t, "intervention", v.object("/stats/requests")["run"].(map[string]any)["phase"])
		time.Sleep(20 * time.Second)
		v.terminate()
	})
	assert.Zero(t, got.code)
	assert.Equal(t, 2, strings.Count(got.stderr, "Phase baseline, 0:00 to 0:30"))
}

func TestThePageShowsClaims(t *testing.T) {
	got, _ := visiting(t, market(nil), "--run-time=60 --warmup-duration=30 --assert=p95<1ms --assert=p95<1h --assert=requests>100000", func(v *visit) {
		time.Sleep(25 * time.Second)
		_, body := v.get("/api/claims")
		assert.Regexp(t, `"over":false.*1 failing, 1 passing, 1 not yet decidable.*"failing so far".*"not yet decidable".*"passing so far"`, body)
		time.Sleep(45 * time.Second)
		_, body = v.get("/api/claims")
		assert.Regexp(t, `"over":true.*2 of 3 do not hold.*"broken".*"broken".*"holds"`, body)
		_, body = v.get("/stats/report")
		assert.Regexp(t, `(?s)2 of 3 do not hold.*<b>p95 &lt; 1ms</b>`, body)
		v.swarm("user_count", "1", "spawn_rate", "1", "run_time", "5s")
		time.Sleep(10 * time.Second)
		_, body = v.get("/stats/report")
		assert.NotContains(t, body, "p95 &lt; 1ms", "they are about the plan")
		_, body = v.get("/api/claims")
		assert.Contains(t, body, `"view":null`)
		v.terminate()
	})
	assert.Zero(t, got.code)
}

func TestAnotherTarget(t *testing.T) {
	var hosts, closed []string
	app := market(nil)
	make := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := make(ctx, s)
		hosts = append(hosts, s.Host)
		job.Close = func() error { closed = append(closed, s.Host); return nil }
		return job, err
	}
	visiting(t, app, "--autostart=false --allow-host-change", func(v *visit) {
		for _, host := range []string{"", "http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:2", ""} {
			assert.Equal(t, true, v.swarm("user_count", "1", "spawn_rate", "1", "host", host)["success"])
			time.Sleep(time.Second)
			v.object("/stop")
		}
		assert.Equal(t, "http://127.0.0.1:3", v.swarm("user_count", "1", "spawn_rate", "1", "host", "http://127.0.0.1:3")["host"])
		assert.Equal(t, false, v.swarm("user_count", "1", "spawn_rate", "1", "host", "http://127.0.0.1:4")["success"], "not during a run")
		v.terminate()
	})
	assert.Equal(t, []string{"", "http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"}, hosts)
	assert.Equal(t, []string{"http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", ""}, closed)
}

func TestPasswordsOfTargetsStayInside(t *testing.T) {
	got, _ := visiting(t, market(nil), "--autostart=false --allow-host-change", func(v *visit) {
		v.swarm("user_count", "1", "spawn_rate", "1", "host", "http://ann:s3cret@127.0.0.1:1")
		time.Sleep(3 * time.Second)
		for _, path := range []string{"/", "/stats/requests", "/stats/report", "/logs", "/api/summary"} {
			_, body := v.get(path)
			assert.NotContains(t, body, "s3cret", path)
		}
		v.terminate()
	})
	assert.NotContains(t, got.stderr, "s3cret")
}

// A thousand viewers of the page, every other one of whom never reads, change
// nothing in the run: in virtual time it makes the same requests as one that
// no one looks at.
func TestAThousandViewers(t *testing.T) {
	long(t)
	const seconds = "40"
	alone, watched := filepath.Join(t.TempDir(), "alone.json"), filepath.Join(t.TempDir(), "watched.json")
	virtual(t, market(nil), nil, "-t", seconds, "--summary-file", alone)
	var mu sync.Mutex
	codes := map[int]int{}
	got, _ := visiting(t, market(nil), "-t "+seconds+" --autoquit=0 --summary-file "+watched, func(v *visit) {
		dial := v.client.Transport.(*http.Transport).DialContext
		for i := range 1000 {
			conn, err := dial(t.Context(), "", "")
			require.NoError(t, err)
			_, err = io.WriteString(conn, "GET /api/events HTTP/1.1\r\nHost: localhost:8089\r\n\r\n")
			require.NoError(t, err)
			if i%2 == 0 {
				continue // it never reads
			}
			go func() {
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					return
				}
				mu.Lock()
				codes[answer.StatusCode]++
				mu.Unlock()
				_, _ = io.Copy(io.Discard, answer.Body)
			}()
		}
		time.Sleep(20 * time.Second)
		code, _ := v.get("/stats/requests")
		assert.Equal(t, 200, code, "the page still answers")
	})
	assert.Zero(t, got.code)
	want, have := summaryIn(t, alone), summaryIn(t, watched)
	assert.Equal(t, want.Total.Counters, have.Total.Counters)
	assert.Equal(t, want.Total.Requests, have.Total.Requests)
	assert.Equal(t, 500, codes[200]+codes[503], "everybody who reads is answered")
	assert.LessOrEqual(t, codes[200], 256)
	assert.Positive(t, codes[200])
}

// TestRefusalsOfThePage: in the page's own words, with the field.
func TestRefusalsOfThePage(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --allow-host-change --warmup-duration 60 -t 120 --host http://127.0.0.1:1", func(v *visit) {
		refused := func(field, message string, form ...string) {
			answer := v.swarm(form...)
			assert.Equal(t, []any{false, field, message}, []any{answer["success"], answer["field"], answer["message"]})
		}
		nothing := "user_count: 0 users would do nothing; give 1 or more to start, 0 only during a run"
		refused("user_count", nothing, "user_count", "0", "spawn_rate", "1")
		assert.Equal(t, true, v.swarm("user_count", "1", "spawn_rate", "1")["success"])
		assert.Equal(t, true, v.swarm("user_count", "0", "spawn_rate", "1")["success"], "down to none")
		refused("host", "A run is in progress. Stop it before changing the target.", "user_count", "1", "spawn_rate", "1", "host", "http://127.0.0.1:2")
		refused("schedule", "A run is in progress. Stop it before starting the schedule.", "schedule", "true")
		v.get("/stop")
		refused("user_count", nothing, "user_count", "0", "spawn_rate", "1")
		v.terminate()
	})
}

// TestThePageShowsNoSecret: neither its own nor that of a target that a
// start names, whatever the program says of it.
func TestThePageShowsNoSecret(t *testing.T) {
	for _, allow := range []string{"false", "true"} {
		app := market(nil)
		make := app.New
		app.New = func(ctx context.Context, s Settings) (*Job, error) {
			if strings.Contains(s.Host, "bad") {
				return nil, errors.New("cannot use " + s.Host + ": " + planted)
			}
			return make(ctx, s)
		}
		got, _ := visiting(t, app, "--autostart=false --allow-host-change="+allow+" --host http://u:"+planted+"@127.0.0.1:1", func(v *visit) {
			for _, host := range append(plantings, "http://u:"+planted+"@bad", "http://127.0.0.1:2/") {
				body := v.swarm("user_count", "1", "spawn_rate", "1", "run_time", "1", "host", host)
				assert.NotContains(t, fmt.Sprint(body), planted, host)
			}
			for _, path := range []string{"/", "/stats/requests", "/logs", "/stats/report", "/tasks", "/api/summary", "/swarm", "/nothing?" + url.QueryEscape(planted)} {
				_, body := v.get(path)
				assert.NotContains(t, body, planted, path)
			}
			v.terminate()
		})
		assert.NotContains(t, got.stdout+got.stderr, planted)
	}
}
