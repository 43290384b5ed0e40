package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/machine"
)

const acceptsHost = "a base URL such as http://localhost:8081"

// checkHost refuses targets that are not a base URL. Passwords stay out of the
// messages.
func (c *config) checkHost() error {
	host := c.values.host.V
	if host == "" {
		if c.app.HostOptional || c.values.output.list.V {
			return nil
		}
		return &setting.Error{Where: "--host", Problem: "not given", Accepts: acceptsHost + " (variable LOCUST_HOST)"}
	}
	if problem, ok := baseURL(host); !ok {
		return &setting.Error{Where: c.values.host.Where(), Problem: problem, Accepts: acceptsHost}
	}
	if u, err := url.Parse(strings.TrimSpace(host)); c.values.wire.V == string(httpclient.Fast) && err == nil && !ascii(u.Host) {
		return &setting.Error{Where: c.values.host.Where() + " " + c.values.wire.Where(), Problem: "this wire takes a name in ASCII", Accepts: "Punycode, or --wire net/http"}
	}
	return nil
}

// baseURL reports whether paths can be appended to a text, and what is wrong if that
// is not obvious.
func baseURL(host string) (problem string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(host))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	if strings.ContainsAny(host, "?#") {
		return "has a query or a fragment", false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "port " + port + " is not one from 1 to 65535", false
		}
	}
	return "", true
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// probeLimit is how long the check at the start waits for an answer.
const probeLimit = 2 * time.Second

// unreachable opens a connection the way the load goes, without sending anything,
// and returns why that fails; "" when it does not.
func unreachable(ctx context.Context, client *httpclient.Client) string {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	err := client.Reach(ctx)
	if failure, ok := errors.AsType[*httpclient.Error](err); ok {
		return failure.Reason
	}
	return ""
}

// prober looks whether targets can be reached.
type prober struct {
	ctx    context.Context // ends when the process is to end
	probes sync.WaitGroup
}

// probe warns when the target cannot be reached the way the load goes, without
// delaying the run.
func (p *prober) probe(log *slog.Logger, host string, client *httpclient.Client) {
	if client == nil {
		return
	}
	p.probes.Go(func() {
		if why := unreachable(p.ctx, client); why != "" && p.ctx.Err() == nil {
			log.Warn(fmt.Sprintf("%s cannot be reached (%s); the run continues, and every request counts as a failure until it can", host, why))
		}
	})
}

// ownFiles is how many files the process has open in addition to its connections,
// at most: the page's viewers, the log, reports, parts, the runtime.
const ownFiles = 200

// checkOpenFiles refuses a plan whose users would hold more connections than this
// process may have files.
func (c *config) checkOpenFiles(users int) error {
	if v := &c.values; v.ownConns.V && v.maxConns.V > 0 {
		return &setting.Error{Where: c.values.maxConns.Where(), Problem: "it is a limit for connections that users share, so it cannot stand with --own-connections"}
	}
	needed, limit := users+ownFiles, machine.FileLimit()
	if !c.values.ownConns.V || limit == 0 || needed <= limit {
		return nil
	}
	return &setting.Error{
		Where:   c.values.ownConns.Where(),
		Problem: fmt.Sprintf("%s users with a connection each need %s open files, and this process may have %s: %s, or take fewer users", say.Count(users), say.Count(needed), say.Count(limit), raise(needed)),
	}
}

// shortOfFiles warns of shared connections that a stall of the target may
// multiply past the limit; "" when it cannot.
func (c *config) shortOfFiles(users int) string {
	needed, limit := users+ownFiles, machine.FileLimit()
	if c.values.ownConns.V || c.values.maxConns.V > 0 && c.values.maxConns.V+ownFiles <= limit || limit == 0 || needed <= limit {
		return ""
	}
	return fmt.Sprintf("a target that stalls may make each of %s users wait on a connection, and this process may have %s open files: "+
		"%s, or set --max-connections to at most %d", say.Count(users), say.Count(limit), raise(needed), max(limit-ownFiles, 1))
}

// raise is how to raise the limit.
func raise(needed int) string {
	return fmt.Sprintf("raise the limit with 'ulimit -n %d' (a container: --ulimit nofile=%d)", needed, needed)
}
