// Scenarios with the Go client github.com/samuel/go-zookeeper.
//
//	scenarios HOST:PORT CONTROL-PORT [WORD]
//
// Started by run.py, which describes the transcript. Only what must be the same on every server
// is printed: session ids become "mine" or "other", zxids become comparisons.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/samuel/go-zookeeper/zk"
)

const wait = 15 * time.Second

var (
	hosts   string
	control string
	conns   []*client
)

type quiet struct{}

func (quiet) Printf(string, ...interface{}) {}

type client struct {
	*zk.Conn
	mu     sync.Mutex
	states []zk.State
	once   sync.Once
}

func (c *client) close() {
	c.once.Do(c.Conn.Close)
}

func say(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
}

func open() *client {
	c := &client{}
	conn, events, err := zk.Connect([]string{hosts}, 10*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		say("UNEXPECTED %v", err)
		os.Exit(1)
	}
	c.Conn = conn
	go func() {
		for event := range events {
			c.mu.Lock()
			c.states = append(c.states, event.State)
			c.mu.Unlock()
		}
	}()
	conns = append(conns, c)
	c.await("", zk.StateHasSession)
	return c
}

func (c *client) saw(state zk.State) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.states {
		if one == state {
			return true
		}
	}
	return false
}

func (c *client) forget() {
	c.mu.Lock()
	c.states = nil
	c.mu.Unlock()
}

func until(what string, condition func() bool) {
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if condition() {
			if what != "" {
				say("%s", what)
			}
			return
		}
	}
	say("UNEXPECTED: waited in vain for %s", what)
}

func (c *client) await(what string, state zk.State) {
	until(what, func() bool { return c.saw(state) })
}

func (c *client) stat(s *zk.Stat) string {
	if s == nil {
		return "no stat"
	}
	owner := "none"
	if s.EphemeralOwner == c.SessionID() {
		owner = "mine"
	} else if s.EphemeralOwner != 0 {
		owner = "other"
	}
	return fmt.Sprintf("stat(v%d c%d a%d owner=%s len=%d children=%d touched=%t children-changed=%t)",
		s.Version, s.Cversion, s.Aversion, owner, s.DataLength, s.NumChildren, s.Mzxid != s.Czxid,
		s.Pzxid != s.Czxid)
}

func (c *client) make(path, data string, flags int32) {
	name, err := c.Create(path, []byte(data), flags, zk.WorldACL(zk.PermAll))
	say("create %s flags %d: %q %v", path, flags, name, err)
}

func (c *client) show(path string) {
	data, stat, err := c.Get(path)
	if err != nil {
		say("get %s: %v", path, err)
		return
	}
	say("get %s: %q %s", path, data, c.stat(stat))
}

func (c *client) children(path string) {
	names, stat, err := c.Children(path)
	sort.Strings(names)
	say("children %s: %v %v %s", path, names, err, c.stat(stat))
}

func event(events <-chan zk.Event) string {
	select {
	case e := <-events:
		return fmt.Sprintf("%v %s %v", e.Type, e.Path, e.Err)
	case <-time.After(wait):
		return "UNEXPECTED silence"
	}
}

func silent(events <-chan zk.Event) string {
	select {
	case e := <-events:
		return fmt.Sprintf("UNEXPECTED %v %s", e.Type, e.Path)
	case <-time.After(50 * time.Millisecond):
		return "silence"
	}
}

func nodes() {
	c := open()
	c.make("/g1", "data", 0)
	c.make("/g1/e", "", zk.FlagEphemeral)
	c.make("/g1/s-", "x", zk.FlagSequence)
	c.make("/g1/es-", "y", zk.FlagEphemeral|zk.FlagSequence)
	c.make("/g1", "again", 0)
	c.make("/g1/e/x", "", 0)
	c.make("/g1/none/x", "", 0)
	for i := int32(0); i < 3; i++ {
		stat, err := c.Set("/g1", []byte(strings.Repeat("z", int(i))), i)
		say("set: %v %s", err, c.stat(stat))
	}
	_, err := c.Set("/g1", nil, 0)
	say("set wrong version: %v", err)
	say("delete with children: %v", c.Delete("/g1", -1))
	say("delete missing: %v", c.Delete("/g1/none", -1))
	say("delete wrong version: %v", c.Delete("/g1/e", 8))
	say("delete: %v", c.Delete("/g1/e", 0))
	ok, stat, err := c.Exists("/g1")
	say("exists: %t %v %s", ok, err, c.stat(stat))
	ok, _, err = c.Exists("/g1/none")
	say("exists missing: %t %v", ok, err)
	c.show("/g1")
	c.children("/g1")
	name, err := c.CreateProtectedEphemeralSequential("/g1/p-", nil, zk.WorldACL(zk.PermAll))
	say("protected: %v %t", err, strings.HasSuffix(name, "-p-0000000003"))
	path, err := c.Sync("/g1")
	say("sync: %s %v", path, err)
}

func acls() {
	c, other := open(), open()
	say("auth: %v", c.AddAuth("digest", []byte("alice:secret")))
	_, err := c.Create("/g2", []byte("s"), 0, zk.DigestACL(zk.PermAll, "alice", "secret"))
	say("create: %v", err)
	_, err = c.Create("/g2a", nil, 0, zk.AuthACL(zk.PermAll))
	say("auth acl: %v", err)
	_, err = other.Create("/g2b", nil, 0, zk.AuthACL(zk.PermAll))
	say("auth acl of nobody: %v", err)
	_, err = c.Create("/g2c", nil, 0, []zk.ACL{{Perms: zk.PermAll, Scheme: "nosuch", ID: "x"}})
	say("bad acl: %v", err)
	c.show("/g2")
	other.show("/g2")
	list, stat, err := c.GetACL("/g2a")
	say("acl: %v %v %s", list, err, c.stat(stat))
	_, _, err = other.GetACL("/g2a")
	say("acl by other: %v", err)
	stat, err = c.SetACL("/g2", append(list, zk.WorldACL(zk.PermRead)...), 0)
	say("set acl: %v %s", err, c.stat(stat))
	_, err = c.SetACL("/g2", list, 0)
	say("set acl wrong version: %v", err)
	other.show("/g2")
	list, _, err = other.GetACL("/g2")
	say("masked: %v %v", list, err)
}

func watches() {
	c, other := open(), open()
	c.make("/g3", "", 0)
	_, _, data, err := c.GetW("/g3")
	say("watch data: %v", err)
	_, _, missing, err := c.ExistsW("/g3/new")
	say("watch missing: %v", err)
	_, _, children, err := c.ChildrenW("/g3")
	say("watch children: %v", err)
	_, err = other.Set("/g3", []byte("1"), -1)
	say("set: %v", err)
	say("data: %s", event(data))
	other.make("/g3/new", "", 0)
	say("missing: %s", event(missing))
	say("children: %s", event(children))
	_, _, gone, _ := c.ExistsW("/g3/new")
	_, _, children, _ = c.ChildrenW("/g3")
	say("before: %s", silent(gone))
	say("delete: %v", other.Delete("/g3/new", -1))
	say("gone: %s", event(gone))
	say("children: %s", event(children))
}

func multis() {
	c := open()
	c.make("/g4", "x", 0)
	world := zk.WorldACL(zk.PermAll)
	good, err := c.Multi(
		&zk.CreateRequest{Path: "/g4/a", Data: []byte("1"), Acl: world},
		&zk.CreateRequest{Path: "/g4/s-", Data: []byte("2"), Acl: world, Flags: zk.FlagSequence},
		&zk.CheckVersionRequest{Path: "/g4", Version: 0},
		&zk.SetDataRequest{Path: "/g4", Data: []byte("yy"), Version: 0},
		&zk.DeleteRequest{Path: "/g4/a", Version: 0})
	say("good: %v", err)
	for _, one := range good {
		say("  %q %v %s", one.String, one.Error, c.stat(one.Stat))
	}
	bad, err := c.Multi(
		&zk.CreateRequest{Path: "/g4/never", Acl: world},
		&zk.CheckVersionRequest{Path: "/g4", Version: 55},
		&zk.DeleteRequest{Path: "/g4", Version: -1})
	say("bad: %v", err)
	for _, one := range bad {
		say("  %q %v", one.String, one.Error)
	}
	c.children("/g4")
	c.show("/g4")
}

func locks() {
	a, b := open(), open()
	la := zk.NewLock(a.Conn, "/g5", zk.WorldACL(zk.PermAll))
	lb := zk.NewLock(b.Conn, "/g5", zk.WorldACL(zk.PermAll))
	say("a locks: %v", la.Lock())
	got := make(chan error, 1)
	go func() { got <- lb.Lock() }()
	until("b waits", func() bool {
		names, _, _ := a.Children("/g5")
		return len(names) == 2
	})
	select {
	case <-got:
		say("UNEXPECTED: both hold the lock")
	default:
		say("a unlocks: %v", la.Unlock())
	}
	say("b locks: %v", <-got)
	say("b unlocks: %v", lb.Unlock())
	a.children("/g5")
}

func obey(word string) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+control)
	if err != nil {
		say("UNEXPECTED %v", err)
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s\n", word)
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	if answer != "ok\n" {
		say("UNEXPECTED control answer %q", answer)
	}
}

func restarts() {
	for _, how := range []string{"restart", "crash"} {
		c, other := open(), open()
		path := "/g6-" + how
		c.make(path, "mine", zk.FlagEphemeral)
		_, _, later, err := c.ExistsW(path + "-later")
		say("watch: %v", err)
		before := c.SessionID()
		c.forget()
		other.forget()
		obey(how)
		c.await("connected again", zk.StateHasSession)
		other.await("other too", zk.StateHasSession)
		say("same session %t", before == c.SessionID())
		c.show(path)
		other.make(path+"-later", "", 0)
		say("watch saw %s", event(later))
		c.close()
		ok, _, err := other.Exists(path)
		say("ephemeral left: %t %v", ok, err)
	}
}

func words() {
	servers := []string{hosts}
	say("ruok %v", zk.FLWRuok(servers, wait))
	stats, ok := zk.FLWSrvr(servers, wait)
	say("srvr %t mode %v nodes %t", ok, stats[0].Mode, stats[0].NodeCount > 0)
	c := open()
	cons, ok := zk.FLWCons(servers, wait)
	found := false
	for _, one := range cons[0].Clients {
		found = found || one.SessionID == c.SessionID()
	}
	say("cons %t knows my session %t", ok, found)
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: scenarios HOST:PORT CONTROL-PORT [WORD]")
		os.Exit(2)
	}
	hosts, control = os.Args[1], os.Args[2]
	scenarios := []struct {
		name string
		run  func()
	}{
		{"nodes and versions", nodes},
		{"acls and identities", acls},
		{"watches fire once", watches},
		{"multis happen wholly or not at all", multis},
		{"a lock is held by one", locks},
		{"sessions survive a restart", restarts},
		{"four letter words are understood", words},
	}
	for _, one := range scenarios {
		if len(os.Args) > 3 && !strings.Contains(one.name, os.Args[3]) {
			continue
		}
		say("== %s", one.name)
		one.run()
		for _, c := range conns {
			c.close()
		}
		conns = nil
	}
}
