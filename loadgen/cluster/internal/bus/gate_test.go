package bus

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAWorkerHasItsOwnSubjectsAlone(t *testing.T) {
	log := newRecord()
	s := serve(t, Config{Token: "k3wl", Log: log.logger()})
	mine := dial(t, s.Target(), Options{})
	got := make(chan string, 100)
	_, err := mine.Subscribe(">", func(m Message) { got <- m.Subject })
	require.NoError(t, err)
	require.NoError(t, mine.Flush(t.Context()))
	refused := make(chan error, 100)
	w := dial(t, s.WorkerTarget(), Options{ID: "w1", Trouble: func(err error) { refused <- err }})
	for _, subject := range []string{
		prefix + ".w.w2.row", prefix + ".w.w1", prefix + ".w.w1x.row", prefix + ".all.cmd", prefix + ".to.w2.cmd", "other", inbox("w2") + ".x", "_INBOX.x",
	} {
		require.NoError(t, w.Publish(subject, nil))
		assert.ErrorContains(t, <-refused, subject)
	}
	for _, subject := range []string{">", prefix + ".>", prefix + ".w.>", prefix + ".to.*.cmd", prefix + ".to.w2.>", "_INBOX.>", inbox("w2") + ".>"} {
		_, err := w.Subscribe(subject, func(Message) { t.Error("got what is another's") })
		require.NoError(t, err)
		assert.ErrorContains(t, <-refused, subject)
	}
	for _, subject := range []string{prefix + ".join", prefix + ".clock", prefix + ".w.w1.row"} {
		require.NoError(t, w.Publish(subject, nil))
		assert.Equal(t, subject, <-got)
	}
	require.NoError(t, w.Flush(t.Context()))
	assert.Empty(t, refused)
	assert.Contains(t, log.String(), `Bus: \"w1\": Publish Violation`)
}

func TestTheCoordinatorAsksWorkers(t *testing.T) {
	s := serve(t, Config{Token: "k3wl"})
	mine, w := dial(t, s.Target(), Options{}), dial(t, s.WorkerTarget(), Options{ID: "w1"})
	_, err := w.Subscribe(prefix+".to.w1.>", func(m Message) { assert.NoError(t, m.Respond([]byte("armed"))) })
	require.NoError(t, err)
	require.NoError(t, w.Flush(t.Context()))
	answer, err := mine.Request(t.Context(), prefix+".to.w1.arm", nil)
	require.NoError(t, err)
	assert.Equal(t, "armed", string(answer))
}

func TestAnAnswerGoesToAnInboxAlone(t *testing.T) {
	s := serve(t, Config{})
	mine, w := dial(t, s.Target(), Options{}), dial(t, s.WorkerTarget(), Options{ID: "w1"})
	answered := make(chan error, 1)
	_, err := mine.Subscribe(prefix+".join", func(m Message) { answered <- m.Respond([]byte("stop")) })
	require.NoError(t, err)
	require.NoError(t, mine.Flush(t.Context()))
	require.NoError(t, w.present().nats.PublishRequest(prefix+".join", prefix+".to.w2.cmd", nil))
	assert.ErrorContains(t, <-answered, "asks for no answer")
}

func TestStrangersAreTurnedAwayWithOneLine(t *testing.T) {
	for name, c := range map[string]struct {
		target func(*Server) Target
		id     string
		why    string
	}{
		"a wrong token": {func(s *Server) Target { return join(t, s.Addr()+"#guess") }, "w1", `\"w1\" was turned away: its token is not that of this master`},
		"no token":      {func(s *Server) Target { return join(t, s.Addr()) }, "w1", `\"w1\" was turned away: it shows no token`},
		"no ID":         {func(s *Server) Target { return join(t, s.Join("")) }, "", `\"\" was turned away: it is not a worker of this program`},
	} {
		t.Run(name, func(t *testing.T) {
			log := newRecord()
			s := serve(t, Config{Listen: "127.0.0.1:0", Token: "k3wl", Log: log.logger()})
			for range 3 {
				_, err := Dial(t.Context(), c.target(s), Options{ID: c.id})
				assert.ErrorIs(t, err, ErrDenied)
			}
			assert.Contains(t, log.wait(t), c.why)
			assert.Len(t, log.more, 0, "%s", log)
		})
	}
}

func TestCleanID(t *testing.T) {
	assert.Equal(t, "node-1-example-com_0af3", CleanID("node-1.example.com_0af3"))
	assert.Equal(t, "a---b", CleanID("a>* b"))
	assert.Empty(t, CleanID(""))
	_, err := Dial(t.Context(), serve(t, Config{}).WorkerTarget(), Options{ID: "a.b"})
	assert.ErrorIs(t, err, ErrDenied)
}
