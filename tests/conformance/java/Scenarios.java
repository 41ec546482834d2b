import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.StatsTrack;
import org.apache.zookeeper.Transaction;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.cli.DelQuotaCommand;
import org.apache.zookeeper.cli.SetQuotaCommand;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/**
 * Scenarios with the upstream Java client: {@code Scenarios HOST:PORT CONTROL-PORT [WORD]}.
 *
 * <p>Started by run.py, which describes the transcript. Only what must be the same on every server
 * is printed: session ids become "mine" or "other", zxids become comparisons.
 */
public final class Scenarios {
    private static final int WAIT_MS = 15000;
    private static final int TIMEOUT_MS = 10000;
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static String hosts;
    private static int controlPort;
    private static final List<Client> CLIENTS = new ArrayList<>();

    private Scenarios() {}

    @FunctionalInterface
    private interface Step {
        Object run() throws Exception;
    }

    @FunctionalInterface
    private interface Scenario {
        void run() throws Exception;
    }

    // ---- transcript ------------------------------------------------------------------------

    private static void say(String format, Object... args) {
        OUT.println(args.length == 0 ? format : String.format(format, args));
    }

    /** Prints what a step returns, or the name of what it throws. */
    private static void attempt(String what, Step step) {
        try {
            say("%s -> %s", what, show(step.run()));
        } catch (KeeperException problem) {
            say("%s -> throws %s path=%s", what, problem.code(), problem.getPath());
        } catch (Exception problem) {
            say("%s -> throws %s", what, problem.getClass().getSimpleName());
        }
    }

    private static String show(Object value) {
        if (value instanceof byte[]) {
            byte[] bytes = (byte[]) value;
            return bytes.length > 60 ? bytes.length + " bytes"
                    : "'" + new String(bytes, StandardCharsets.UTF_8) + "'";
        }
        if (value instanceof ClientInfo) {
            ClientInfo info = (ClientInfo) value;
            return info.getAuthScheme() + ":" + info.getUser();
        }
        if (value instanceof ACL) {
            ACL acl = (ACL) value;
            return acl.getPerms() + ":" + acl.getId().getScheme() + ":" + acl.getId().getId();
        }
        if (value instanceof OpResult) {
            return show((OpResult) value);
        }
        if (value instanceof List) {
            List<String> parts = new ArrayList<>();
            for (Object one : (List<?>) value) {
                parts.add(show(one));
            }
            return parts.toString();
        }
        return String.valueOf(value);
    }

    private static String show(OpResult result) {
        if (result instanceof OpResult.ErrorResult) {
            return "error " + ((OpResult.ErrorResult) result).getErr();
        }
        if (result instanceof OpResult.CreateResult) {
            return "created " + ((OpResult.CreateResult) result).getPath();
        }
        if (result instanceof OpResult.GetDataResult) {
            OpResult.GetDataResult got = (OpResult.GetDataResult) result;
            return "data " + show(got.getData()) + " v" + got.getStat().getVersion();
        }
        if (result instanceof OpResult.GetChildrenResult) {
            return "children " + sorted(((OpResult.GetChildrenResult) result).getChildren());
        }
        if (result instanceof OpResult.SetDataResult) {
            return "set v" + ((OpResult.SetDataResult) result).getStat().getVersion();
        }
        return result.getClass().getSimpleName();
    }

    private static List<String> sorted(List<String> names) {
        List<String> copy = new ArrayList<>(names);
        Collections.sort(copy);
        return copy;
    }

    // ---- clients ---------------------------------------------------------------------------

    /** A client with the states and events it has seen. */
    private static final class Client implements Watcher {
        private ZooKeeper zk;
        private final List<String> events = Collections.synchronizedList(new ArrayList<>());
        private volatile Event.KeeperState state = Event.KeeperState.Disconnected;

        @Override
        public void process(WatchedEvent event) {
            if (event.getType() == Event.EventType.None) {
                state = event.getState();
            } else {
                events.add(event.getType() + " " + event.getPath());
            }
        }

        String stat(Stat s) {
            if (s == null) {
                return "no stat";
            }
            String owner = s.getEphemeralOwner() == 0 ? "none"
                    : s.getEphemeralOwner() == zk.getSessionId() ? "mine" : "other";
            return String.format("stat(v%d c%d a%d owner=%s len=%d children=%d touched=%s "
                    + "children-changed=%s)", s.getVersion(), s.getCversion(), s.getAversion(), owner,
                    s.getDataLength(), s.getNumChildren(), s.getMzxid() != s.getCzxid(),
                    s.getPzxid() != s.getCzxid());
        }

        String make(String path, byte[] data, CreateMode mode) throws Exception {
            return zk.create(path, data, Ids.OPEN_ACL_UNSAFE, mode);
        }

        String get(String path) throws Exception {
            Stat s = new Stat();
            return show(zk.getData(path, false, s)) + " " + stat(s);
        }

        /** Waits for so many events and a little for one too many, prints them. */
        void take(int count) {
            await(null, () -> events.size() >= count);
            pause(50);
            synchronized (events) {
                say("events %s%s", events, events.size() == count ? "" : " wanted " + count);
                events.clear();
            }
        }
    }

    private static Client open(String chroot, long session, byte[] password) throws Exception {
        Client client = new Client();
        client.zk = session == 0 ? new ZooKeeper(hosts + chroot, TIMEOUT_MS, client)
                : new ZooKeeper(hosts + chroot, TIMEOUT_MS, client, session, password);
        CLIENTS.add(client);
        return client;
    }

    private static Client client() throws Exception {
        return client("");
    }

    private static Client client(String chroot) throws Exception {
        Client client = open(chroot, 0, null);
        await(null, () -> client.state == Watcher.Event.KeeperState.SyncConnected);
        return client;
    }

    private static void pause(int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException ignored) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        for (int waited = 0; waited < WAIT_MS; waited += 5) {
            if (condition.getAsBoolean()) {
                if (what != null) {
                    say(what);
                }
                return;
            }
            pause(5);
        }
        say("UNEXPECTED: waited in vain for " + what);
    }

    private static void control(String word) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", controlPort);
                BufferedReader in = new BufferedReader(new InputStreamReader(
                        socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
            String answer = in.readLine();
            if (!"ok".equals(answer)) {
                say("UNEXPECTED control answer " + answer);
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // ---- scenarios -------------------------------------------------------------------------

    private static void nodesOfEveryMode() throws Exception {
        Client c = client();
        for (CreateMode mode : CreateMode.values()) {
            attempt(mode.toString(), () -> {
                Stat s = new Stat();
                String path = c.zk.create("/j1-" + mode.ordinal() + "-", bytes("data"),
                        Ids.OPEN_ACL_UNSAFE, mode, s, mode.isTTL() ? 60000 : -1);
                return path + " " + c.stat(s);
            });
        }
        attempt("plain create", () -> c.make("/j1-plain", null, CreateMode.PERSISTENT));
        attempt("null data", () -> c.get("/j1-plain"));
        attempt("container", () -> c.get("/j1-4-"));
        attempt("ttl", () -> c.get("/j1-5-"));
        attempt("large", () -> c.make("/j1-large", new byte[900000], CreateMode.PERSISTENT));
        attempt("large", () -> c.get("/j1-large"));
    }

    private static void whatFailsSaysWhy() throws Exception {
        Client c = client();
        c.make("/j2", bytes("x"), CreateMode.PERSISTENT);
        c.make("/j2/e", bytes("x"), CreateMode.EPHEMERAL);
        attempt("twice", () -> c.make("/j2", null, CreateMode.PERSISTENT));
        attempt("no parent", () -> c.make("/j2/none/x", null, CreateMode.PERSISTENT));
        attempt("under an ephemeral", () -> c.make("/j2/e/x", null, CreateMode.PERSISTENT));
        attempt("not empty", () -> { c.zk.delete("/j2", -1); return "ok"; });
        attempt("missing", () -> { c.zk.delete("/j2/none", -1); return "ok"; });
        attempt("version", () -> { c.zk.delete("/j2/e", 7); return "ok"; });
        attempt("set version", () -> c.zk.setData("/j2", null, 7));
        attempt("set", () -> c.stat(c.zk.setData("/j2", null, 0)));
        attempt("get missing", () -> c.get("/j2/none"));
        attempt("exists missing", () -> c.zk.exists("/j2/none", false));
        attempt("children missing", () -> c.zk.getChildren("/j2/none", false));
        attempt("bad acl", () -> c.zk.create("/j2/a", null,
                Arrays.asList(new ACL(Perms.ALL, new Id("nosuch", "x"))), CreateMode.PERSISTENT));
        attempt("empty acl", () -> c.zk.setACL("/j2", new ArrayList<>(), -1));
        attempt("special", () -> { c.zk.delete("/zookeeper/config", -1); return "ok"; });
        attempt("reconfig", () -> {
            try (ZooKeeperAdmin admin = new ZooKeeperAdmin(hosts, TIMEOUT_MS, c)) {
                return admin.reconfigure("server.4=h:1:2;3", null, null, -1, null);
            }
        });
        attempt("delete all", () -> { ZKUtil.deleteRecursive(c.zk, "/j2"); return "ok"; });
    }

    private static void whoIsWhoAndMayDoWhat() throws Exception {
        Client c = client();
        Client other = client();
        c.zk.addAuthInfo("digest", bytes("alice:secret"));
        c.zk.addAuthInfo("digest", bytes("second:one"));
        attempt("who am i", () -> who(c));
        attempt("who is the other", () -> who(other));
        ACL mine = new ACL(Perms.ALL,
                new Id("digest", DigestAuthenticationProvider.generateDigest("alice:secret")));
        attempt("create", () -> c.zk.create("/j3", bytes("s"), Arrays.asList(mine),
                CreateMode.PERSISTENT));
        attempt("auth", () -> c.zk.create("/j3a", bytes("s"), Ids.CREATOR_ALL_ACL,
                CreateMode.PERSISTENT));
        attempt("auth acl", () -> {
            List<String> entries = new ArrayList<>();
            for (ACL acl : c.zk.getACL("/j3a", new Stat())) {
                entries.add(show(acl));
            }
            return sorted(entries);
        });
        attempt("other reads", () -> other.get("/j3"));
        attempt("other creates below", () -> other.make("/j3/x", null, CreateMode.PERSISTENT));
        attempt("open", () -> c.stat(c.zk.setACL("/j3",
                Arrays.asList(mine, new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)), 0)));
        attempt("other reads", () -> other.get("/j3"));
        attempt("other's view", () -> other.zk.getACL("/j3", new Stat()));
        attempt("my view", () -> c.zk.getACL("/j3", new Stat()));
        other.zk.addAuthInfo("digest", bytes("super:secret"));
        attempt("super", () -> other.zk.getACL("/j3", new Stat()));
        attempt("super is", () -> who(other));
    }

    private static List<String> who(Client c) throws Exception {
        List<String> names = new ArrayList<>();
        for (ClientInfo info : c.zk.whoAmI()) {
            names.add(show(info));
        }
        return sorted(names);
    }

    private static void oneShotWatchesFireOnce() throws Exception {
        Client c = client();
        Client other = client();
        c.make("/j4", null, CreateMode.PERSISTENT);
        c.zk.getData("/j4", c, null);
        c.zk.exists("/j4/a", c);
        c.zk.getChildren("/j4", c);
        other.zk.setData("/j4", null, -1);
        other.zk.setData("/j4", null, -1);
        other.make("/j4/a", null, CreateMode.PERSISTENT);
        other.make("/j4/b", null, CreateMode.PERSISTENT);
        c.take(3);
        c.zk.exists("/j4/a", c);
        c.zk.getChildren("/j4/a", c);
        c.zk.getChildren("/j4", c);
        other.zk.delete("/j4/a", -1);
        c.take(2);
        c.zk.exists("/j4", c);
        other.zk.setACL("/j4", Ids.OPEN_ACL_UNSAFE, -1);
        c.take(0);
    }

    private static void persistentWatchesStay() throws Exception {
        Client c = client();
        Client other = client();
        attempt("add to missing", () -> { c.zk.addWatch("/j5", c, AddWatchMode.PERSISTENT);
                return "ok"; });
        other.make("/j5", null, CreateMode.PERSISTENT);
        other.zk.setData("/j5", bytes("1"), -1);
        other.make("/j5/child", null, CreateMode.PERSISTENT);
        other.zk.setData("/j5/child", bytes("1"), -1);
        other.zk.delete("/j5/child", -1);
        other.zk.delete("/j5", -1);
        other.make("/j5", null, CreateMode.PERSISTENT);
        c.take(6);
        attempt("remove", () -> { c.zk.removeWatches("/j5", c, Watcher.WatcherType.Any, false);
                return "ok"; });
        c.take(1);
        other.zk.setData("/j5", bytes("1"), -1);
        c.take(0);
        attempt("remove again", () -> { c.zk.removeWatches("/j5", c, Watcher.WatcherType.Any, false);
                return "ok"; });
    }

    private static void recursiveWatchesSeeTheWholeTree() throws Exception {
        Client c = client();
        Client other = client();
        other.make("/j6", null, CreateMode.PERSISTENT);
        c.zk.addWatch("/j6", c, AddWatchMode.PERSISTENT_RECURSIVE);
        other.make("/j6/a", null, CreateMode.PERSISTENT);
        other.make("/j6/a/b", null, CreateMode.PERSISTENT);
        other.zk.setData("/j6/a/b", bytes("1"), -1);
        other.zk.setData("/j6", bytes("1"), -1);
        other.make("/j6/a/e", null, CreateMode.EPHEMERAL);
        other.make("/j6x", null, CreateMode.PERSISTENT);
        c.take(5);
        other.zk.multi(Arrays.asList(Op.delete("/j6/a/b", -1),
                Op.create("/j6/m", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.setData("/j6/m", bytes("2"), -1)));
        c.take(3);
        other.zk.close();
        c.take(1);
        attempt("remove all", () -> { c.zk.removeAllWatches("/j6", Watcher.WatcherType.Any, false);
                return "ok"; });
        c.take(1);
        attempt("still there", () -> c.get("/j6/m"));
    }

    private static void multisHappenWhollyOrNotAtAll() throws Exception {
        Client c = client();
        c.make("/j7", bytes("x"), CreateMode.PERSISTENT);
        Transaction good = c.zk.transaction()
                .create("/j7/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)
                .create("/j7/s-", bytes("2"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL)
                .create("/j7/e", bytes("3"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL)
                .check("/j7", 0).setData("/j7", bytes("y"), 0).check("/j7", 1)
                .delete("/j7/a", 0);
        attempt("good", good::commit);
        Transaction bad = c.zk.transaction().setData("/j7", bytes("z"), 1).check("/j7", 77)
                .delete("/j7/e", -1);
        attempt("bad", bad::commit);
        try {
            c.zk.multi(Arrays.asList(Op.setData("/j7", bytes("z"), 1), Op.delete("/j7/none", -1),
                    Op.check("/j7", 2)));
        } catch (KeeperException problem) {
            say("results %s", show(problem.getResults()));
        }
        attempt("ttl and container", () -> c.zk.multi(Arrays.asList(
                Op.create("/j7/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
                Op.create("/j7/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL,
                        60000))));
        attempt("reads", () -> c.zk.multi(Arrays.asList(Op.getData("/j7"), Op.getChildren("/j7"),
                Op.getData("/j7/none"), Op.getChildren("/j7/e"), Op.getData("/j7/e"))));
        attempt("empty", () -> c.zk.multi(new ArrayList<>()));
        attempt("mixed", () -> c.zk.multi(Arrays.asList(Op.getData("/j7"), Op.delete("/j7/e", -1))));
        attempt("state", () -> c.get("/j7"));
    }

    private static void countsAndLists() throws Exception {
        Client c = client();
        Client other = client();
        c.make("/j8", null, CreateMode.PERSISTENT);
        for (int i = 0; i < 3; i++) {
            c.make("/j8/e" + i, null, CreateMode.EPHEMERAL);
            c.make("/j8/p" + i, null, CreateMode.PERSISTENT);
            other.make("/j8/p" + i + "/o", null, CreateMode.EPHEMERAL);
        }
        attempt("descendants", () -> c.zk.getAllChildrenNumber("/j8"));
        attempt("none", () -> c.zk.getAllChildrenNumber("/j8/none"));
        attempt("mine", () -> sorted(c.zk.getEphemerals()));
        attempt("mine below", () -> sorted(c.zk.getEphemerals("/j8/e1")));
        attempt("other's", () -> sorted(other.zk.getEphemerals("/j8/p")));
        attempt("children", () -> {
            Stat s = new Stat();
            return sorted(c.zk.getChildren("/j8", false, s)) + " " + c.stat(s);
        });
        CountDownLatch done = new CountDownLatch(1);
        c.zk.sync("/j8", (rc, path, context) -> {
            say("sync %d %s", rc, path);
            done.countDown();
        }, null);
        done.await(WAIT_MS, TimeUnit.MILLISECONDS);
        attempt("config", () -> {
            Stat s = new Stat();
            return show(c.zk.getConfig(false, s)) + " version " + s.getVersion();
        });
        Client inner = client("/j8");
        attempt("chroot", () -> inner.make("/in", bytes("i"), CreateMode.PERSISTENT));
        attempt("chroot sees", () -> sorted(inner.zk.getChildren("/", false)));
    }

    private static void quotasAreKept() throws Exception {
        Client c = client();
        c.make("/j9", bytes("12345"), CreateMode.PERSISTENT);
        StatsTrack limits = new StatsTrack();
        limits.setCountHardLimit(3);
        limits.setByteHardLimit(20);
        attempt("set quota", () -> SetQuotaCommand.createQuota(c.zk, "/j9", limits));
        attempt("limits", () -> c.zk.getData("/zookeeper/quota/j9/zookeeper_limits", false, null));
        attempt("usage", () -> c.zk.getData("/zookeeper/quota/j9/zookeeper_stats", false, null));
        attempt("first", () -> c.make("/j9/a", bytes("123"), CreateMode.PERSISTENT));
        attempt("second", () -> c.make("/j9/b", null, CreateMode.PERSISTENT));
        attempt("third", () -> c.make("/j9/c", null, CreateMode.PERSISTENT));
        attempt("bytes", () -> c.zk.setData("/j9", new byte[30], -1));
        attempt("usage", () -> c.zk.getData("/zookeeper/quota/j9/zookeeper_stats", false, null));
        attempt("below it", () -> SetQuotaCommand.createQuota(c.zk, "/j9/a", limits));
        attempt("delete quota", () -> DelQuotaCommand.delQuota(c.zk, "/j9", null));
        attempt("free", () -> c.stat(c.zk.setData("/j9", new byte[30], -1)));
        attempt("left", () -> c.zk.getChildren("/zookeeper/quota", false));
    }

    private static void manyAsynchronousCalls() throws Exception {
        Client c = client();
        c.make("/j10", null, CreateMode.PERSISTENT);
        AtomicInteger next = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        int count = 500;
        CountDownLatch done = new CountDownLatch(2 * count);
        for (int i = 0; i < count; i++) {
            int mine = i;
            c.zk.create("/j10/n" + i, bytes("d" + i), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT,
                    (rc, path, context, name) -> {
                        if (rc != 0 || next.getAndIncrement() != 2 * mine) {
                            wrong.incrementAndGet();
                        }
                        done.countDown();
                    }, null);
            c.zk.getData("/j10/n" + i, false, (rc, path, context, data, stat) -> {
                if (rc != 0 || next.getAndIncrement() != 2 * mine + 1
                        || !Arrays.equals(data, bytes("d" + mine))) {
                    wrong.incrementAndGet();
                }
                done.countDown();
            }, null);
        }
        say("all %s wrong %d", done.await(WAIT_MS, TimeUnit.MILLISECONDS), wrong.get());
    }

    private static void sessionsSurviveARestart() throws Exception {
        for (String how : Arrays.asList("restart", "crash")) {
            Client c = client();
            Client other = client();
            String path = "/j11-" + how;
            c.make(path, null, CreateMode.PERSISTENT);
            c.make(path + "/e", bytes("mine"), CreateMode.EPHEMERAL);
            c.zk.exists(path + "/later", c);
            c.zk.addWatch(path + "/e", c, AddWatchMode.PERSISTENT);
            long before = c.zk.getSessionId();
            c.state = Watcher.Event.KeeperState.Disconnected;
            other.state = Watcher.Event.KeeperState.Disconnected;
            control(how);
            await("connected again", () -> c.state == Watcher.Event.KeeperState.SyncConnected
                    && other.state == Watcher.Event.KeeperState.SyncConnected);
            say("same session %s", before == c.zk.getSessionId());
            attempt("ephemeral", () -> c.get(path + "/e"));
            other.make(path + "/later", null, CreateMode.PERSISTENT);
            other.zk.setData(path + "/e", bytes("new"), -1);
            c.take(2);
            c.zk.close();
            attempt("gone", () -> other.zk.exists(path + "/e", false));
        }
    }

    private static void aSessionClosedElsewhereIsExpired() throws Exception {
        Client c = client();
        Client watcher = client();
        c.make("/j12", null, CreateMode.EPHEMERAL);
        watcher.zk.exists("/j12", watcher);
        long session = c.zk.getSessionId();
        byte[] password = c.zk.getSessionPasswd();
        c.zk.close();
        watcher.take(1);
        Client late = open("", session, password);
        await("expired", () -> late.state == Watcher.Event.KeeperState.Expired);
        attempt("afterwards", () -> late.get("/"));
        Client bad = open("", watcher.zk.getSessionId(), new byte[16]);
        await("a wrong password is refused", () -> bad.state == Watcher.Event.KeeperState.Expired);
    }

    private static void anUnknownSchemeFailsTheClient() throws Exception {
        Client c = client();
        c.zk.addAuthInfo("nosuch", bytes("x"));
        await("auth failed", () -> c.state == Watcher.Event.KeeperState.AuthFailed);
        attempt("afterwards", () -> c.get("/"));
    }

    private static void emptyContainersAndOldTtlNodesGo() throws Exception {
        Client c = client();
        c.make("/j14", null, CreateMode.CONTAINER);
        c.make("/j14/child", null, CreateMode.PERSISTENT);
        c.zk.create("/j14t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, null, 50);
        c.zk.exists("/j14t", c);
        await("ttl node gone", () -> c.events.size() == 1);
        c.zk.exists("/j14", c);
        c.zk.delete("/j14/child", -1);
        c.take(2);
    }

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("nodes of every mode", Scenarios::nodesOfEveryMode);
        all.put("what fails says why", Scenarios::whatFailsSaysWhy);
        all.put("who is who and may do what", Scenarios::whoIsWhoAndMayDoWhat);
        all.put("one shot watches fire once", Scenarios::oneShotWatchesFireOnce);
        all.put("persistent watches stay", Scenarios::persistentWatchesStay);
        all.put("recursive watches see the whole tree", Scenarios::recursiveWatchesSeeTheWholeTree);
        all.put("multis happen wholly or not at all", Scenarios::multisHappenWhollyOrNotAtAll);
        all.put("counts and lists", Scenarios::countsAndLists);
        all.put("quotas are kept and enforced", Scenarios::quotasAreKept);
        all.put("many asynchronous calls", Scenarios::manyAsynchronousCalls);
        all.put("sessions survive a restart", Scenarios::sessionsSurviveARestart);
        all.put("a session closed elsewhere is expired", Scenarios::aSessionClosedElsewhereIsExpired);
        all.put("an unknown scheme fails the client", Scenarios::anUnknownSchemeFailsTheClient);
        all.put("empty containers and old ttl nodes go", Scenarios::emptyContainersAndOldTtlNodesGo);
        return all;
    }

    /** Runs the scenarios whose name holds the third argument. */
    public static void main(String[] args) {
        hosts = args[0];
        controlPort = Integer.parseInt(args[1]);
        String word = args.length > 2 ? args[2] : "";
        scenarios().forEach((name, scenario) -> {
            if (!name.contains(word)) {
                return;
            }
            say("== " + name);
            try {
                scenario.run();
            } catch (Exception problem) {
                say("UNEXPECTED " + problem);
            }
            for (Client client : CLIENTS) {
                try {
                    client.zk.close();
                } catch (InterruptedException ignored) {
                    Thread.currentThread().interrupt();
                }
            }
            CLIENTS.clear();
        });
        System.exit(0);
    }
}
