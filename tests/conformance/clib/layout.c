/* layout.c -- sizes, offsets and constants of the C API as the compiler sees them; the output must
 * be the same with upstream's header and library and with ours. */
#include <stddef.h>
#include <stdio.h>
#include <zookeeper/zookeeper.h>

#define NUMBER(expression) printf("%s %lld\n", #expression, (long long)(expression))
#define SIZE(type) NUMBER(sizeof(type))
#define AT(type, field) NUMBER(offsetof(type, field))

static void print_structures(void)
{
    SIZE(struct Stat);
    AT(struct Stat, ephemeralOwner);
    AT(struct Stat, pzxid);
    SIZE(struct Id);
    SIZE(struct ACL);
    AT(struct ACL, id);
    SIZE(struct ACL_vector);
    SIZE(struct String_vector);
    AT(struct String_vector, data);
    SIZE(struct buffer);
    SIZE(clientid_t);
    AT(clientid_t, passwd);
    SIZE(zoo_op_t);
    AT(zoo_op_t, create_op.ttl);
    AT(zoo_op_t, create_op.acl);
    AT(zoo_op_t, set_op.stat);
    AT(zoo_op_t, check_op.version);
    SIZE(zoo_op_result_t);
    AT(zoo_op_result_t, stat);
    SIZE(zcert_t);
}

static void print_enumerations(void)
{
    NUMBER(ZOO_LOG_LEVEL_ERROR);
    NUMBER(ZOO_LOG_LEVEL_DEBUG);
    NUMBER(ZWATCHTYPE_CHILD);
    NUMBER(ZWATCHTYPE_DATA);
    NUMBER(ZWATCHTYPE_ANY);
    NUMBER(ZOO_READONLY);
    NUMBER(ZOO_CREATE_OP);
    NUMBER(ZOO_CHECK_OP);
    NUMBER(ZOO_CLOSE_OP);
    NUMBER(ZOO_SASL_OP);
    NUMBER(ZSYSTEMERROR);
    NUMBER(ZRECONFIGINPROGRESS);
    NUMBER(ZSSLCONNECTIONERROR);
    NUMBER(ZNOWATCHER);
    NUMBER(ZRECONFIGDISABLED);
    NUMBER(ZSESSIONCLOSEDREQUIRESASLAUTH);
    NUMBER(ZTHROTTLEDOP);
}

static void print_objects(void)
{
    NUMBER(ZOO_PERM_READ | ZOO_PERM_WRITE << 8 | ZOO_PERM_CREATE << 16);
    NUMBER(ZOO_PERM_DELETE | ZOO_PERM_ADMIN << 8 | ZOO_PERM_ALL << 16);
    NUMBER(ZOOKEEPER_WRITE);
    NUMBER(ZOOKEEPER_READ);
    NUMBER(ZOO_PERSISTENT);
    NUMBER(ZOO_EPHEMERAL);
    NUMBER(ZOO_PERSISTENT_SEQUENTIAL);
    NUMBER(ZOO_EPHEMERAL_SEQUENTIAL);
    NUMBER(ZOO_CONTAINER);
    NUMBER(ZOO_PERSISTENT_WITH_TTL);
    NUMBER(ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL);
    NUMBER(ZOO_SEQUENCE);
    NUMBER(ZOO_EXPIRED_SESSION_STATE);
    NUMBER(ZOO_AUTH_FAILED_STATE);
    NUMBER(ZOO_CONNECTING_STATE);
    NUMBER(ZOO_ASSOCIATING_STATE);
    NUMBER(ZOO_CONNECTED_STATE);
    NUMBER(ZOO_READONLY_STATE);
    NUMBER(ZOO_NOTCONNECTED_STATE);
    NUMBER(ZOO_CREATED_EVENT);
    NUMBER(ZOO_DELETED_EVENT);
    NUMBER(ZOO_CHANGED_EVENT);
    NUMBER(ZOO_CHILD_EVENT);
    NUMBER(ZOO_SESSION_EVENT);
    NUMBER(ZOO_NOTWATCHING_EVENT);
    NUMBER(ZOO_OPEN_ACL_UNSAFE.data[0].perms);
    NUMBER(ZOO_READ_ACL_UNSAFE.data[0].perms);
    NUMBER(ZOO_CREATOR_ALL_ACL.data[0].perms);
    printf("%s:%s\n", ZOO_ANYONE_ID_UNSAFE.scheme, ZOO_ANYONE_ID_UNSAFE.id);
    printf("%s:%s\n", ZOO_AUTH_IDS.scheme, ZOO_AUTH_IDS.id);
}

static void print_texts(void)
{
    int code;

    for (code = 3; code > -130; code--) {
        /* some have texts here only, and one is spelt in two ways by versions of upstream */
        if (code != ZSSLCONNECTIONERROR && code != -12 && code != -122 && code != -125 &&
            code != ZNEWCONFIGNOQUORUM)
            printf("%d %s\n", code, zerror(code));
    }
}

int main(void)
{
    print_structures();
    print_enumerations();
    print_objects();
    print_texts();
    return 0;
}
