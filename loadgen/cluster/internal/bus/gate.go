package bus

import (
	"crypto/subtle"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// gate decides who may connect, and with which rights. There is no list of workers: each gets the subjects of its ID.
type gate struct {
	prefix, token, secret string
	log                   *watchman
	judged                sync.Map // addresses that were refused, of which the server logs a line too
}

// Check implements server.Authentication.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if same(o.Password, g.secret) {
		c.RegisterUser(&server.User{Username: "coordinator"})
		return true
	}
	switch id := o.Name; {
	case g.token != "" && o.Password == "":
		return g.refuse(c, fmt.Sprintf("%q was turned away: it shows no token", id))
	case g.token != "" && !same(o.Password, g.token):
		return g.refuse(c, fmt.Sprintf("%q was turned away: its token is not that of this master", id))
	case id == "" || id != CleanID(id):
		return g.refuse(c, fmt.Sprintf("%q was turned away: it is not a worker of this program", id))
	default:
		c.RegisterUser(&server.User{Username: id, Permissions: g.rights(id)})
		return true
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (g *gate) refuse(c server.ClientAuthentication, why string) bool {
	if a := c.RemoteAddress(); a != nil {
		g.judged.Store(a.String(), true)
		g.log.warn(a.String(), why)
	}
	return false
}

// rights are those of a worker. It may answer a message that it gets, once and soon: the coordinator asks workers too.
func (g *gate) rights(id string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{g.prefix + ".join", g.prefix + ".clock", g.prefix + ".w." + id + ".>"}},
		Subscribe: &server.SubjectPermission{Allow: []string{g.prefix + ".all.>", g.prefix + ".to." + id + ".>", inbox(id) + ".>"}},
		Response:  &server.ResponsePermission{MaxMsgs: 1, Expires: time.Minute},
	}
}

// inbox is where the answers to a worker's requests go.
func inbox(id string) string { return inboxes + id }

const inboxes = "_INBOX."

// CleanID makes an ID of a name, such as one that begins with that of the machine: letters, digits, - and _ stay, and
// all else, the dot too, becomes a -.
func CleanID(name string) string {
	id := []byte(name)
	for i, b := range id {
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_') {
			id[i] = '-'
		}
	}
	return string(id)
}
