package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"sync"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/internal/classes"
	"github.com/gensim/load-generator/scenario"
)

// jobs are the program's job and, when the page has named another target, the
// one for that. Only one caller at a time may use them; a loadgen.Controller
// starts one run after another.
type jobs struct {
	make       func(host string) (*Job, error)
	own, other opened
	now        opened // of the current or last run
}

// opened is a job with its target.
type opened struct {
	*Job          // nil: none yet
	asked  string // the target as it was asked for
	called string // as messages name it
}

// open makes the program's own job.
func (j *jobs) open(host string) error {
	job, err := j.make(host)
	if err == nil {
		j.own = opened{job, "", redact.Address(cmp.Or(job.Host, host))}
	}
	return err
}

// to turns to the job for a target; "" is the program's own.
func (j *jobs) to(host string) error {
	switch host {
	case "":
		j.now = j.own
		return nil
	case j.other.asked:
		j.now = j.other
		return nil
	}
	job, err := j.make(host)
	if err != nil {
		return err
	}
	err = j.other.release()
	j.other = opened{job, host, redact.Address(host)}
	if err == nil {
		j.now = j.other
	}
	return err
}

func (j *jobs) close() error { return errors.Join(j.other.release(), j.own.release()) }

// release closes the job, if it has something to close.
func (o opened) release() error {
	if o.Job == nil || o.Close == nil {
		return nil
	}
	return o.Close()
}

// kindsSet is what was set of kinds of users by hand, for the runs that start from then on. Safe for concurrent use.
type kindsSet struct {
	mu  sync.Mutex
	all []classes.Config
}

// configs are the settings, one a kind.
func (k *kindsSet) configs() []classes.Config {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all
}

// texts are the settings as a loadgen.StartRequest has them.
func (k *kindsSet) texts() (texts []string) {
	for _, c := range k.configs() {
		text, _ := json.Marshal(c) // of texts and numbers
		texts = append(texts, string(text))
	}
	return texts
}

// kindSettings reads what kindsSet.texts has written.
func kindSettings(texts []string) (all []classes.Config, err error) {
	for _, text := range texts {
		configs, err := classes.Parse([]byte(text))
		if err != nil {
			return nil, err
		}
		all = append(all, configs...)
	}
	return all, nil
}

// nextKinds are the kinds of users as the next run has them.
func (s *session) nextKinds() []scenario.Kind {
	kinds, _ := s.config.kinds(s.jobs.own.Job, s.kindsSet.configs(), nil, cmp.Or(s.values.host.V, s.jobs.own.Host)) // setKind refused what does not fit
	return kinds
}

// setKind sets what a JSON object says of a kind of users, for the runs that start from now on.
func (s *session) setKind(object []byte) error {
	configs, err := classes.Parse(object)
	if err != nil {
		return err
	}
	s.kindsSet.mu.Lock()
	defer s.kindsSet.mu.Unlock()
	all := s.kindsSet.all
	for _, c := range configs {
		all = classes.Add(all, c)
		tasks, err := s.tasksOf(c, s.jobs.own.Kinds)
		if err == nil && tasks != nil {
			err = c.Check(tasks)
		}
		if err != nil {
			return err
		}
	}
	if _, err := s.config.kinds(s.jobs.own.Job, all, nil, cmp.Or(s.values.host.V, s.jobs.own.Host)); err != nil {
		return err
	}
	s.kindsSet.all = all
	return nil
}
