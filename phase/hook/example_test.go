package hook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gensim/load-generator/phase/hook"
)

func ExamplePost() {
	chaos := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path)
	}))
	defer chaos.Close()
	on := hook.Post(chaos.URL+"/proxies/todo/toxics", `{"name":"slow","type":"latency","attributes":{"latency":100}}`)
	off := hook.Delete(chaos.URL + "/proxies/todo/toxics/slow")
	fmt.Println(on.Call(context.Background()), off.Call(context.Background()))
	// Output:
	// POST /proxies/todo/toxics
	// DELETE /proxies/todo/toxics/slow
	// <nil> <nil>
}
