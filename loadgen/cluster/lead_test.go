package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus/link"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
)

// external starts a NATS server as an operator does, and returns its URL.
func external(t *testing.T) string {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(time.Minute))
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s.ClientURL()
}

// TestOneCoordinatorForEachCluster: the second one on a bus refuses to start, and another name is another cluster. Workers
// there make runs as everywhere.
func TestOneCoordinatorForEachCluster(t *testing.T) {
	lengthy(t)
	t.Cleanup(func() {
		var left error
		for end := time.Now().Add(time.Minute); time.Now().Before(end); { // goleak itself waits for less than a second
			if left = goleak.Find(); left == nil {
				break
			}
		}
		assert.NoError(t, left)
	})
	url := external(t)
	c, err := Listen(t.Context(), Config{Bus: url, Program: "test"})
	require.NoError(t, err)
	_, err = Listen(t.Context(), Config{Bus: url, Program: "test"})
	assert.ErrorContains(t, err, `leads the cluster "default" on this bus`)
	other, err := Listen(t.Context(), Config{Bus: url, Program: "test", Cluster: "other"})
	require.NoError(t, err)
	assert.Empty(t, other.Address())
	require.NoError(t, other.Close())
	ended := make(chan error, 1)
	go func() {
		ended <- Work(t.Context(), WorkerConfig{Join: url, ID: "w", Program: "test", Configure: tests})
	}()
	require.NoError(t, c.Await(t.Context(), 1, time.Minute))
	assert.Equal(t, "w", c.Workers()[0].ID)
	require.NoError(t, c.Close())
	assert.NoError(t, <-ended)
	c, err = Listen(t.Context(), Config{Bus: url, Program: "test"})
	require.NoError(t, err, "the place is free again")
	require.NoError(t, c.Close())
}

// TestTwoMasters: one that nothing was heard of for a while, and in whose place another one has continued the run, ends with a
// sentence, whether its connection has outlived that or not. The run is the other's, as if there had been no first one.
func TestTwoMasters(t *testing.T) {
	lengthy(t)
	for _, away := range []time.Duration{8 * time.Second, 30 * time.Second} {
		bubble(t, func(t *testing.T) {
			dir, wire := t.TempDir(), link.New(0, 0)
			f := newFleet(t, func(c *Config) { c.shared, c.wrap, c.Checkpoint = true, wire.Wrap, filepath.Join(dir, "first") })
			f.hireAll(3)
			first, ended := f.c, make(chan error, 1)
			go func() {
				_, err := f.run()
				ended <- err
			}()
			f.until(20 * time.Second)
			kept, err := os.ReadFile(filepath.Join(dir, "first"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "second"), kept, 0o600))
			wire.Hold(true, true)
			time.AfterFunc(away, wire.Mend)
			time.Sleep(2 * time.Second)

			cfg := first.cfg
			cfg.server, cfg.wrap, cfg.Resume, cfg.Checkpoint = first.server, nil, true, filepath.Join(dir, "second")
			f.c, err = Listen(t.Context(), cfg)
			require.NoError(t, err)
			sum, err := f.run()
			require.NoError(t, err)
			err = <-ended
			require.ErrorIs(t, err, loadgen.ErrAborted)
			assert.ErrorContains(t, err, `leads the cluster "default" on this bus now, and this one ends`)
			assert.ErrorContains(t, first.Ready(), "this one ends")
			assert.Equal(t, first.Ready(), first.Await(t.Context(), 9, 0), "no worker will come")
			failed, ok := errors.AsType[*part.Failure]((&master{coordinator: first, expect: 9}).await(t.Context()))
			require.True(t, ok)
			assert.Equal(t, part.Failure{Code: exitFailure}, *failed)
			for _, w := range sum.Workers {
				assert.Equal(t, report.WorkerStopped, w.State, w.ID)
			}
			assert.Len(t, sum.Notes, 1, "that another one continued the run")
			want, err := script(new(actions)).Run(t.Context())
			require.NoError(t, err)
			assert.Equal(t, figuresOf(want), figuresOf(sum))
			assert.NoError(t, first.dropCheckpoint())
			left, err := os.ReadFile(filepath.Join(dir, "first"))
			require.NoError(t, err, "it may be the other's")
			assert.NotContains(t, string(left), `"stopping":true`, "so it is not written to either")
			f.close()
			first.conn.Close()
			first.end()
			first.tasks.Wait()
			first.unlock()
		})
	}
}

// TestAStranger: workers obey the coordinator that they have joined alone, and believe no other's answers.
func TestAStranger(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		f.hireAll(2)
		conn, err := bus.Dial(t.Context(), f.c.server.Target(), bus.Options{})
		require.NoError(t, err)
		defer conn.Close()
		for what, lie := range map[string]any{
			"w.*.row": &receipt{answer: answer{"other"}, Gone: true, Over: true}, "w.*.beat": &pulse{answer: answer{"other"}},
		} {
			asked := 0
			_, err := conn.Subscribe(f.c.subject(what), func(m bus.Message) {
				if asked++; asked%2 == 0 { // else no one heard the truth
					_ = m.Respond(encode(lie))
				}
			})
			require.NoError(t, err)
		}
		require.NoError(t, conn.Flush(t.Context()))
		time.AfterFunc(12*time.Second, func() {
			r := f.current()
			assert.NoError(t, conn.Publish(f.c.subject("all.command"), encode(command{Coordinator: "other", Run: r.id, Number: 1, Kind: toStop, AtNS: 2e10})))
			for _, p := range r.shares {
				to := f.c.subject("to." + p.ID + "." + p.Nonce)
				assert.NoError(t, conn.Publish(to, encode(order{Coordinator: "other", Kind: toAbandon, Run: r.id})))
				assert.NoError(t, conn.Publish(to, encode(order{Coordinator: "other", Kind: toQuit})))
			}
		})
		sum, err := f.run()
		require.NoError(t, err)
		assert.Empty(t, sum.Notes)
		want, err := script(new(actions)).Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, figuresOf(want), figuresOf(sum))
	})
}

// outsider is a connection with a coordinator's rights to the bus of a fleet.
func (f *fleet) outsider() *bus.Conn {
	conn, err := bus.Dial(f.t.Context(), f.c.server.Target(), bus.Options{})
	require.NoError(f.t, err)
	f.t.Cleanup(conn.Close)
	return conn
}

// usurp answers, as another coordinator does, each that asks whether there is one, until it is called off.
func (f *fleet) usurp() (callOff func()) {
	conn := f.outsider()
	callOff, err := conn.Subscribe(f.c.subject("lead"), func(m bus.Message) {
		if strings.TrimLeft(string(m.Data), lowest+highest) == f.c.id {
			assert.NoError(f.t, m.Respond([]byte("elsewhere")))
		}
	})
	require.NoError(f.t, err)
	require.NoError(f.t, conn.Flush(f.t.Context()))
	return callOff
}

// set changes a coordinator under its lock.
func (c *Coordinator) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// TestACoordinatorInDoubtSaysNothing: while it asks whether another one leads, and where it stood still and has not asked yet, it answers
// nothing, so that no worker hears two. It answers again when none objects, and does not when the bus is away.
func TestACoordinatorInDoubtSaysNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		wire := link.New(0, 0)
		f := newFleet(t, func(c *Config) { c.shared, c.wrap = true, wire.Wrap })
		f.hireAll(1)
		conn, c := f.outsider(), f.c
		answers := func() (all []string) {
			figures := appendRow(nil, &row{Run: "r", Nonce: "n", Seq: 1, Parts: 1, Lag: report.LagOf(nil)}, nil)
			for what, data := range map[string][]byte{"clock": nil, "w.w9.row": figures, "w.w9.beat": encode(beat{Nonce: "n"})} {
				ctx, cancel := context.WithTimeout(t.Context(), claimTime/10)
				if _, err := conn.Request(ctx, c.subject(what), data); err == nil {
					all = append(all, what)
				}
				cancel()
			}
			slices.Sort(all)
			return all
		}
		every := []string{"clock", "w.w9.beat", "w.w9.row"}
		assert.Equal(t, every, answers())
		c.question()
		assert.Empty(t, answers(), "it asks")
		nonce := c.seats[0].Nonce
		assert.Nil(t, c.beat("w0", &beat{Nonce: nonce, Coordinator: "other"}), "the other one may be there")
		time.Sleep(claimTime)
		assert.Equal(t, every, answers(), "none objects")
		assert.Equal(t, &pulse{}, c.beat("w0", &beat{Nonce: nonce, Coordinator: "other"}), "which has ended: the worker is to join again")
		assert.True(t, c.isMaster())
		time.Sleep(2 * silence)
		assert.Nil(t, c.beat("w0", &beat{Nonce: nonce, Coordinator: "other"}), "another one may have come since")
		time.Sleep(claimTime)
		c.set(func() { c.ticked = time.Now().Add(-3 * watchly) })
		assert.False(t, c.isMaster(), "it stood still")
		time.Sleep(2 * time.Second)
		assert.Equal(t, every, answers())

		wire.Cut()
		time.Sleep(3 * time.Second)
		assert.False(t, c.isMaster(), "it cannot ask")
		wire.Mend()
		time.Sleep(5 * time.Second)
		assert.Equal(t, every, answers())
	})
}

// TestACoordinatorThatStoodStill asks whether another one leads, and takes for missing no worker whose words may wait to be read.
func TestACoordinatorThatStoodStill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, shared := range []bool{false, true} {
			f := newFleet(t, func(c *Config) { c.shared = shared })
			f.hireAll(1)
			c, now := f.c, time.Now()
			missing := func() (is bool) {
				c.set(func() { is = c.seats[0].missing })
				return is
			}
			before := func() { c.ticked, c.seats[0].heard = now.Add(-10*time.Second), now.Add(-10*time.Second) }
			c.set(before)
			c.tick(now)
			assert.False(t, missing())
			assert.Equal(t, !shared, c.isMaster(), "no other one can be on a bus within it")
			c.set(func() { before(); c.ticked, c.patience = now, time.Time{} })
			c.tick(now)
			assert.True(t, missing(), "it did not stand still")
			time.Sleep(5 * time.Second)
			assert.False(t, missing())
			assert.True(t, c.isMaster())
			f.close()
			c.question()
			assert.True(t, c.leads, "there is nothing left to ask for")
		}
	})
}

// TestOneThatStoodStillGivesWay to the one that took its place, also where that one asks at the same time and has the higher id.
func TestOneThatStoodStillGivesWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.shared = true })
		c := f.c
		stale := func() { c.set(func() { c.ticked = time.Now().Add(-3 * watchly) }) }
		conn := f.outsider()
		objects := func(to string) bool {
			ctx, cancel := context.WithTimeout(t.Context(), claimTime/10)
			defer cancel()
			_, err := conn.Request(ctx, c.subject("lead"), []byte(to))
			return err == nil
		}
		c.set(func() { c.id = "0" })
		time.Sleep(watchly / 5)
		stale()
		assert.True(t, objects("x"), "one that starts would be the second")
		assert.False(t, objects(lowest+"x"))
		assert.True(t, objects(highest+"x"), "both stood still")
		time.Sleep(3 * claimTime)
		assert.True(t, c.isMaster(), "no one was there")
		assert.True(t, objects(lowest+"x"))

		cfg := c.cfg
		cfg.server = c.server
		c.set(func() { c.leads, c.stood = false, true }) // it is not heard while it stands still
		second, err := Listen(t.Context(), cfg)
		require.NoError(t, err)
		second.set(func() { second.id = "1" })
		c.set(func() { c.leads = true })
		stale()
		second.question()
		c.tick(time.Now())
		time.Sleep(2 * claimTime)
		assert.True(t, second.isMaster())
		assert.ErrorContains(t, c.Ready(), "this one ends")
		second.conn.Close() // but not the bus
		second.end()
		second.tasks.Wait()
	})
}

// TestADeposedCoordinator ends its run, sends nothing to the workers, which are the other's, and stays deposed when that one is gone.
func TestADeposedCoordinator(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.shared = true })
		c := f.c
		c.set(func() { c.id = "0" }) // the lowest, which objects to all others if it may
		f.hireAll(2)
		ended := make(chan *report.Summary, 1)
		go func() {
			sum, err := f.run()
			assert.ErrorIs(t, err, loadgen.ErrAborted)
			ended <- sum
		}()
		f.until(10 * time.Second)
		said := 0
		conn := f.outsider()
		for _, what := range []string{"all.>", "to.>"} {
			_, err := conn.Subscribe(c.subject(what), func(bus.Message) { said++ })
			require.NoError(t, err)
		}
		require.NoError(t, conn.Flush(t.Context()))
		callOff, began := f.usurp(), time.Now()
		c.question()
		c.question()
		sum := <-ended
		assert.Less(t, time.Since(began), 2*claimTime, "it waits for no worker")
		assert.InDelta(t, 10, sum.EndS, 1)
		_, err := f.run()
		require.ErrorContains(t, err, "this one ends")
		assert.Nil(t, c.beat("w9", &beat{Nonce: "n", Coordinator: "other"}), "it is the other's")
		callOff()
		c.question()
		time.Sleep(2 * claimTime)
		assert.False(t, c.isMaster())
		cfg := c.cfg
		cfg.server = c.server
		next, err := Listen(t.Context(), cfg)
		require.NoError(t, err, "it objects to none")
		next.conn.Close() // but not the bus
		next.end()
		next.tasks.Wait()
		for _, h := range f.workers {
			h.kill()
			<-h.ended
		}
		f.workers = nil
		require.NoError(t, c.Close())
		assert.Zero(t, said)
	})
}

// TestWhoObjects: a coordinator that leads objects to all others, and one that is about to to those with a higher id.
func TestWhoObjects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.shared = true })
		conn, c := f.outsider(), f.c
		objects := func(to string) bool {
			ctx, cancel := context.WithTimeout(t.Context(), claimTime/10)
			defer cancel()
			_, err := conn.Request(ctx, c.subject("lead"), []byte(to))
			return err == nil
		}
		for _, leads := range []bool{true, false} {
			c.set(func() { c.leads = leads })
			assert.False(t, objects(c.id), "itself")
			assert.Equal(t, leads, objects("0"))
			assert.True(t, objects("~"))
		}
		c.set(func() { c.leads = true })
	})
}

// tests makes the runs of a worker that is not asked for one.
func tests(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
	return func(loadgen.StartRequest) (loadgen.Runner, error) { return script(new(actions)), nil }, nil
}
