package httpclient

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
)

// sendCookies puts the user's cookies for this place on m.
func (c *Client) sendCookies(m *message) {
	m.cookie = ""
	jar := c.jar.Load()
	if jar == nil {
		return
	}
	var b strings.Builder
	for _, cookie := range jar.Cookies(m.url()) {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(cookie.String())
	}
	m.cookie = b.String()
}

// storeCookies keeps what the target set, in a jar that the first cookie makes.
func (c *Client) storeCookies(m *message) {
	if !c.cookies || !m.answer.setsCookies() {
		return
	}
	jar := c.jar.Load()
	if jar == nil {
		fresh, _ := cookiejar.New(nil) // it has no error to return
		c.jar.CompareAndSwap(nil, fresh)
		jar = c.jar.Load()
	}
	jar.SetCookies(m.url(), (&http.Response{Header: m.answer.all()}).Cookies())
}
