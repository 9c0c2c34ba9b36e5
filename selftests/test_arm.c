/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ARM templates: parameters, loops, conditions, child rules and nested deployments; at the end,
 * real templates where they are at hand.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/document.h"
#include "fixture.h"

#define DATA "../shared/data/arm-templates/"
#define TAGS "../shared/data/service-tags/ServiceTags_Public_20240429.json"

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(arm, .init = set_up, .fini = tear_down, .timeout = 120);

/* In these texts " is written as ^ and an expression's quotes stay as they are. */
static const char *quoted(const char *text)
{
	char *copy = vfg_arena_strndup(fixture.arena, text, strlen(text));

	cr_assert(copy);
	for (char *at = copy; *at; at++)
		*at = *at == '^' ? '"' : *at;
	return copy;
}

static void add(enum vfg_source_kind kind, const char *file, const char *text)
{
	text = quoted(text);
	fixture_add_bytes(&fixture, kind, file, text, strlen(text));
}

static void read_again(void)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_read(&fixture);
}

static bool is_said(const char *code, const char *says)
{
	for (const struct vfg_message *at = fixture.diag.first; at; at = at->next) {
		if (!strcmp(at->code, code) && strstr(at->text, says))
			return true;
	}
	return false;
}

#define SCHEMA	       "^$schema^:^https://example.com/deploymentTemplate.json#^"
#define TEMPLATE(rest) "{" SCHEMA "," rest "}"
#define TYPE_NSG       "^type^:^Microsoft.Network/networkSecurityGroups^"
#define TYPE_RULE      "^type^:^Microsoft.Network/networkSecurityGroups/securityRules^"
#define PROPERTIES(port)                                                                           \
	"{^protocol^:^Tcp^,^access^:^Allow^,^direction^:^Inbound^,^priority^:100,"                 \
	"^sourceAddressPrefix^:^*^,^destinationAddressPrefix^:^*^,^sourcePortRange^:^*^,"          \
	"^destinationPortRange^:" port "}"
#define RULE(name, port) "{^name^:" name ",^properties^:" PROPERTIES(port) "}"
#define NSG(name, rules) "{" TYPE_NSG ",^name^:" name ",^properties^:{^securityRules^:" rules "}}"
#define ONE(port)	 NSG("^n^", "[" RULE("^r^", port) "]")

/* code NULL: the NSG called name lets TCP in on the ports of allow, and on none of deny. Else code
 * and says are an error's. */
struct row {
	const char *title;
	const char *text;
	const char *param;
	const char *allow[3];
	const char *deny;
	const char *name;
	const char *code, *says;
};

static void expect_port(const struct row *row, const char *port, const char *wanted)
{
	const char *line =
		vfg_arena_format(fixture.arena, "Inbound,Tcp,10.0.0.1,%s,192.0.2.1,4000", port);

	cr_expect(!strncmp(fixture_ask(&fixture, line), wanted, strlen(wanted)), "%s: port %s",
		  row->title, port);
}

static void expect_row(const struct row *row)
{
	const char *const param[] = {row->param};

	fixture.request.params = param;
	fixture.request.param_count = row->param ? 1 : 0;
	fixture.request.source_count = 0;
	add(VFG_SOURCE_ANY, "t.json", row->text);
	read_again();
	cr_expect_eq(fixture.err != 0, row->code != NULL, "%s:%s", row->title,
		     fixture_messages(&fixture));
	if (row->code) {
		cr_expect(is_said(row->code, row->says), "%s:%s", row->title,
			  fixture_messages(&fixture));
		return;
	}
	if (!fixture.model)
		return;
	for (size_t i = 0; i < 3 && row->allow[i]; i++)
		expect_port(row, row->allow[i], "Allow");
	expect_port(row, row->deny ? row->deny : "9", "Deny");
	if (row->name)
		cr_expect_str_eq(fixture.model->label, row->name, "%s: %s", row->title,
				 fixture.model->label);
}

#define EXPECT(rows)                                                                               \
	for (size_t row = 0; row < sizeof(rows) / sizeof(*(rows)); row++)                          \
	expect_row(&(rows)[row])

#define PORT_PARAMETER "^parameters^:{^port^:{^type^:^string^,^defaultValue^:^80^}}"

static const struct row values[] = {
	{"a literal", TEMPLATE("^resources^:[" ONE("^80^") "]"), .allow = {"80"}, .name = "n"},
	{"no NSG", TEMPLATE("^resources^:[]"), .code = "MissingNetworkSecurityGroup", .says = ""},
	{"a default", TEMPLATE(PORT_PARAMETER ",^resources^:[" ONE("^[parameters('port')]^") "]"),
	 .allow = {"80"}, .deny = "81"},
	{"a default that is overridden",
	 TEMPLATE(PORT_PARAMETER ",^resources^:[" ONE("^[parameters('PORT')]^") "]"), "Port=81",
	 .allow = {"81"}, .deny = "80"},
	{"a parameter that is none", TEMPLATE(PORT_PARAMETER ",^resources^:[" ONE("^80^") "]"),
	 "prot=81", .code = "InvalidTemplateParameter", .says = "port"},
	{"a parameter without a value",
	 TEMPLATE("^parameters^:{^p^:{^type^:^string^}},^resources^:[" ONE(
		 "^[parameters('p')]^") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "--param p=VALUE"},
	{"an int",
	 TEMPLATE("^parameters^:{^p^:{^type^:^int^}},^resources^:[" ONE("^[parameters('p')]^") "]"),
	 "p=8080", .allow = {"8080"}},
	{"an int that is none",
	 TEMPLATE("^parameters^:{^p^:{^type^:^int^}},^resources^:[" ONE("^80^") "]"), "p=80x",
	 .code = "InvalidTemplateParameter", .says = "type int"},
	{"an object",
	 TEMPLATE("^parameters^:{^p^:{^type^:^object^}},^resources^:[" ONE(
		 "^[parameters('p').web[0]]^") "]"),
	 "p={\"web\":[\"82\"]}", .allow = {"82"}},
	{"an array where an object is declared",
	 TEMPLATE("^parameters^:{^p^:{^type^:^object^}},^resources^:[" ONE("^80^") "]"), "p=[]",
	 .code = "InvalidTemplateParameter", .says = "type object"},
	{"a bool",
	 TEMPLATE("^parameters^:{^p^:{^type^:^bool^}},^resources^:[" ONE(
		 "^[if(parameters('p'),'80','81')]^") "]"),
	 "p=False", .allow = {"81"}},
	{"a value that is not allowed",
	 TEMPLATE("^parameters^:{^p^:{^type^:^string^,^allowedValues^:[^80^,^81^]}},^resources^:"
		  "[" ONE("^80^") "]"),
	 "p=82", .code = "InvalidTemplateParameter", .says = "[\"80\",\"81\"]"},
	{"a value that is allowed",
	 TEMPLATE("^parameters^:{^p^:{^type^:^string^,^allowedValues^:[^80^,^81^]}},^resources^:"
		  "[" ONE("^[parameters('p')]^") "]"),
	 "p=81", .allow = {"81"}},
	{"rules as an expression",
	 TEMPLATE("^variables^:{^rules^:[" RULE(
		 "^r^",
		 "^[concat('4','43')]^") "]},^resources^:[" NSG("^n^",
								"^[variables('rules')]^") "]"),
	 .allow = {"443"}},
	{"no rules", TEMPLATE("^resources^:[{" TYPE_NSG ",^name^:^n^,^properties^:{}}]"),
	 .name = "n"},
	{"an expression that is malformed", TEMPLATE("^resources^:[" ONE("^[concat('8']^") "]"),
	 .code = "InvalidTemplate", .says = "[concat('8']"},
	{"what is not known where it is not read",
	 TEMPLATE("^resources^:[{^type^:^Microsoft.Compute/"
		  "virtualMachines^,^name^:^[bad(^},{" TYPE_NSG
		  ",^name^:^n^,^location^:^[resourceGroup().location]^,^tags^:{"
		  "^a^:^[reference('x').y]^},^properties^:{^securityRules^:[" RULE(
			  "^r^", "^80^") "],^x^:^[reference('x').y]^}}]"),
	 .allow = {"80"}},
	{"what is not known where it is read",
	 TEMPLATE("^resources^:[" ONE("^[reference('x').y]^") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "reference() is only known at deployment"},
	{"an NSG whose name is not known",
	 TEMPLATE("^resources^:[" NSG("^[concat(resourceGroup().name,'-nsg')]^",
				      "[" RULE("^r^", "^80^") "]") "]"),
	 .allow = {"80"}, .name = "[resourceGroup().name]-nsg"},
	{"an NSG whose name is not known over two lines",
	 TEMPLATE("^resources^:[" NSG("^[reference(\n'x').y]^", "[" RULE("^r^", "^80^") "]") "]"),
	 .allow = {"80"}, .name = "[reference( 'x').y]"},
	{"properties that are not known",
	 TEMPLATE("^resources^:[{" TYPE_NSG ",^name^:^n^,^properties^:^[reference('x')]^}]"),
	 .code = "UnresolvedTemplateExpression", .says = "reference()"},
	{"a rule that is not known",
	 TEMPLATE("^resources^:[" NSG("^n^", "[{^name^:^r^,^properties^:^[reference('x')]^}]") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "rule r"},
	{"the name of a field as an expression",
	 TEMPLATE("^resources^:[" NSG("^n^", "[{^name^:^r^,^properties^:{^protocol^:^Tcp^,^access^:"
					     "^Allow^,^direction^:^Inbound^,^priority^:100,"
					     "^sourceAddressPrefix^:^*^,^destinationAddressPrefix^:"
					     "^*^,^sourcePortRange^:^*^,"
					     "^[concat('destination','PortRange')]^:^80^}}]") "]"),
	 .allow = {"80"}},
	{"a field given twice, once as an expression",
	 TEMPLATE("^resources^:[" NSG("^n^", "[{^name^:^r^,^properties^:{^access^:^Deny^,"
					     "^[toUpper('access')]^:^Allow^}}]") "]"),
	 .code = "InvalidTemplate", .says = "twice"},
	{"resources by their symbols",
	 TEMPLATE("^languageVersion^:^2.0^,^resources^:{^a^:" ONE(
		 "^80^") ",^b^:{^existing^:true," TYPE_NSG ",^name^:^other^}}"),
	 .allow = {"80"}, .name = "n"},
	{"types whatever their case",
	 TEMPLATE("^resources^:[{^type^:^microsoft.network/NETWORKSECURITYGROUPS^,^name^:^n^,"
		  "^properties^:{^SecurityRules^:[" RULE("^r^", "^80^") "]}}]"),
	 .allow = {"80"}},
	{"a comment, a string over two lines and a comma too many",
	 TEMPLATE("/* ^resources^:[] */ ^resources^:[ // ^x^\n{" TYPE_NSG
		  ",^name^:^n^,^properties^:{^securityRules^:[" RULE(
			  "^r^", "^[concat('8',\n\t'0')]^") ",]}}]"),
	 .allow = {"80"}},
	{"a field given twice around a comment",
	 TEMPLATE("^resources^:[" ONE("^80^") "] /* ^x^:1 */, // more\n^Resources^:[]"),
	 .code = "DuplicateField", .says = "Resources"},
};

Test(arm, values_come_from_the_template_and_the_user)
{
	EXPECT(values);
}

#define CONDITION(text) "^condition^:" text ","
#define NSG_IF(condition)                                                                          \
	"{" CONDITION(condition) TYPE_NSG                                                          \
		",^name^:^n^,^properties^:{^securityRules^:[" RULE("^r^", "^80^") "]}}"
#define RULE_IF(condition)                                                                         \
	"{" CONDITION(condition) TYPE_RULE                                                         \
		",^name^:^n/extra^,^properties^:{^protocol^:^Tcp^,"                                \
		"^access^:^Allow^,^direction^:^Inbound^,^priority^:200,^sourceAddressPrefix^:^*^," \
		"^destinationAddressPrefix^:^*^,^sourcePortRange^:^*^,^destinationPortRange^:^"    \
		"443^}}"

static const struct row conditions[] = {
	{"true", TEMPLATE("^resources^:[" NSG_IF("true") "]"), .allow = {"80"}},
	{"false", TEMPLATE("^resources^:[" NSG_IF("^[equals(1,2)]^") "]"),
	 .code = "MissingNetworkSecurityGroup", .says = ""},
	{"not known", TEMPLATE("^resources^:[" NSG_IF("^[equals(resourceGroup().name,'x')]^") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "resourceGroup()"},
	{"no boolean", TEMPLATE("^resources^:[" NSG_IF("1") "]"), .code = "InvalidTemplate",
	 .says = "condition"},
	{"a rule's, true", TEMPLATE("^resources^:[" ONE("^80^") "," RULE_IF("true") "]"),
	 .allow = {"80", "443"}},
	{"a rule's, false", TEMPLATE("^resources^:[" ONE("^80^") "," RULE_IF("^[not(true)]^") "]"),
	 .allow = {"80"}, .deny = "443"},
	{"a rule's, not known",
	 TEMPLATE("^resources^:[" ONE("^80^") "," RULE_IF("^[bool(newGuid())]^") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "newGuid()"},
};

Test(arm, conditions_are_never_guessed)
{
	EXPECT(conditions);
}

#define COPY_RULES(count)                                                                          \
	TEMPLATE("^variables^:{^ports^:[^80^,^81^,^82^]},^resources^:[{" TYPE_NSG                  \
		 ",^name^:^n^,^properties^:{^copy^:[{^name^:^securityRules^,^count^:" count        \
		 ",^input^:{^name^:^[concat('r',copyIndex('securityRules'))]^,^properties^:{"      \
		 "^protocol^:^Tcp^,^access^:^Allow^,^direction^:^Inbound^,^priority^:"             \
		 "^[copyIndex('securityRules',100)]^,^sourceAddressPrefix^:^*^,"                   \
		 "^destinationAddressPrefix^:^*^,^sourcePortRange^:^*^,^destinationPortRange^:"    \
		 "^[variables('ports')[copyIndex('securityRules')]]^}}}]}}]")

static const struct row loops[] = {
	{"rules", COPY_RULES("^[length(variables('ports'))]^"), .allow = {"80", "81", "82"}},
	{"no rules", COPY_RULES("0"), .deny = "80"},
	{"a count that is not known", COPY_RULES("^[length(reference('x'))]^"),
	 .code = "UnresolvedTemplateExpression", .says = "reference()"},
	{"a count that is too large", COPY_RULES("801"), .code = "InvalidTemplate", .says = "800"},
	{"a count below zero", COPY_RULES("-1"), .code = "InvalidTemplate", .says = "0 to 800"},
	{"a count that is no number", COPY_RULES("^x^"), .code = "InvalidTemplate",
	 .says = "a string"},
	{"NSGs",
	 TEMPLATE("^resources^:[{^copy^:{^name^:^c^,^count^:2}," TYPE_NSG
		  ",^name^:^[concat('n',copyIndex(1))]^,^properties^:{^securityRules^:[]}}]"),
	 .code = "AmbiguousNetworkSecurityGroup", .says = "n1, n2"},
	{"NSGs of a count that is not known",
	 TEMPLATE("^resources^:[{^copy^:{^name^:^c^,^count^:^[int(newGuid())]^}," TYPE_NSG
		  ",^name^:^n^,^properties^:{^securityRules^:[]}}]"),
	 .code = "UnresolvedTemplateExpression", .says = "newGuid()"},
	{"rules that are resources",
	 TEMPLATE("^resources^:[" ONE(
		 "^80^") ",{^copy^:{^name^:^c^,^count^:2}," TYPE_RULE
			 ",^name^:^[concat('n/extra',copyIndex())]^,^properties^:{^protocol^:^Tcp^,"
			 "^access^:^Allow^,^direction^:^Inbound^,^priority^:^[add(200,copyIndex())]"
			 "^,"
			 "^sourceAddressPrefix^:^*^,^destinationAddressPrefix^:^*^,^"
			 "sourcePortRange^:^*^,"
			 "^destinationPortRange^:^[string(add(442,copyIndex('c')))]^}}]"),
	 .allow = {"80", "442", "443"}},
	{"a loop in a loop",
	 TEMPLATE("^resources^:[{" TYPE_NSG ",^name^:^n^,^properties^:{^copy^:[{^name^:"
		  "^securityRules^,^count^:2,^input^:{^name^:^[concat('r',"
		  "copyIndex('securityRules'))]^,^properties^:{^protocol^:^Tcp^,^access^:^Allow^,"
		  "^direction^:^Inbound^,^priority^:^[copyIndex('securityRules',100)]^,"
		  "^sourceAddressPrefix^:^*^,^destinationAddressPrefix^:^*^,^sourcePortRange^:^*^,"
		  "^copy^:[{^name^:^destinationPortRanges^,^count^:2,^input^:"
		  "^[string(add(mul(copyIndex('securityRules'),10),"
		  "copyIndex('destinationPortRanges',80)))]^}]}}}]}}]"),
	 .allow = {"80", "81", "91"}},
	{"a loop that would never end",
	 TEMPLATE(
		 "^variables^:{^copy^:[{^name^:^a^,^count^:800,^input^:^[range(0,9000)]^}],"
		 "^b^:^[concat(string(variables('a')),string(variables('a')))]^},^resources^:[" ONE(
			 "^[variables('b')]^") "]"),
	 .code = "InvalidTemplate", .says = "it loops too often or grows too large"},
};

Test(arm, loops_run_as_often_as_they_say)
{
	EXPECT(loops);
}

#define EXTRA_PROPERTIES                                                                           \
	"{^protocol^:^Tcp^,^access^:^Allow^,^direction^:^Inbound^,^priority^:200,"                 \
	"^sourceAddressPrefix^:^*^,^destinationAddressPrefix^:^*^,^sourcePortRange^:^*^,"          \
	"^destinationPortRange^:^443^}"
#define EXTRA(name) "{" TYPE_RULE ",^name^:" name ",^properties^:" EXTRA_PROPERTIES "}"

static const struct row children[] = {
	{"by name", TEMPLATE("^resources^:[" EXTRA("^N/extra^") "," ONE("^80^") "]"),
	 .allow = {"80", "443"}},
	{"by an expression",
	 TEMPLATE("^variables^:{^n^:^n^},^resources^:[" ONE("^80^") "," EXTRA(
		 "^[concat(variables('n'),'/extra')]^") "]"),
	 .allow = {"80", "443"}},
	{"by an expression that is not known, as the NSG's",
	 TEMPLATE("^parameters^:{^n^:{^type^:^string^}},^resources^:[" NSG(
		 "^[parameters('n')]^",
		 "[" RULE("^r^", "^80^") "]") "," EXTRA("^[format('{0}/"
							"{1}',parameters('n'),'extra')]^") "]"),
	 .allow = {"80", "443"}},
	{"by an expression that is not known",
	 TEMPLATE("^parameters^:{^p^:{^type^:^string^}},^resources^:[" ONE("^80^") "," EXTRA(
		 "^[concat(parameters('p'),'/extra')]^") "]"),
	 .code = "UnresolvedTemplateExpression", .says = "extra"},
	{"nested",
	 TEMPLATE("^resources^:[{" TYPE_NSG ",^name^:^n^,^properties^:{},^resources^:["
		  "{^type^:^securityRules^,^name^:^extra^,^properties^:" EXTRA_PROPERTIES "}]}]"),
	 .allow = {"443"}},
	{"over a rule of the same name",
	 TEMPLATE("^resources^:[" ONE("^80^") "," EXTRA("^n/R^") "]"), .allow = {"443"},
	 .deny = "80"},
	{"of an NSG elsewhere", TEMPLATE("^resources^:[" EXTRA("^away/extra^") "]"),
	 .allow = {"443"}, .name = "away"},
	{"without their NSG's name", TEMPLATE("^resources^:[" ONE("^80^") "," EXTRA("^extra^") "]"),
	 .code = "InvalidTemplate", .says = "NSG/RULE"},
};

Test(arm, rules_that_are_resources_join_their_nsg)
{
	EXPECT(children);
}

Test(arm, a_partial_nsg_and_a_replaced_rule_are_warned_of)
{
	add(VFG_SOURCE_ANY, "t.json", TEMPLATE("^resources^:[" EXTRA("^away/extra^") "]"));
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "PartialNetworkSecurityGroup"), 1);
	fixture.request.source_count = 0;
	add(VFG_SOURCE_ANY, "t.json", TEMPLATE("^resources^:[" ONE("^80^") "," EXTRA("^n/r^") "]"));
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "RuleReplaced"), 1);
}

#define TYPE_DEPLOYMENT "^type^:^Microsoft.Resources/deployments^"
#define INNER		"^expressionEvaluationOptions^:{^scope^:^Inner^},"
#define NESTED(options, passed, inside)                                                            \
	"{" TYPE_DEPLOYMENT ",^name^:^d^,^properties^:{" options "^parameters^:{" passed           \
	"},^template^:{" inside "}}}"
#define INSIDE                                                                                     \
	"^parameters^:{^port^:{^type^:^string^}},^resources^:[" ONE("^[parameters('port')]^") "]"

static const struct row nested[] = {
	{"outer scope", TEMPLATE(PORT_PARAMETER ",^resources^:[" NESTED("", "", INSIDE) "]"),
	 .allow = {"80"}},
	{"inner scope",
	 TEMPLATE(PORT_PARAMETER ",^resources^:[" NESTED(
		 INNER, "^PORT^:{^value^:^[concat(parameters('port'),'1')]^}", INSIDE) "]"),
	 .allow = {"801"}, .deny = "80"},
	{"inner scope without the value",
	 TEMPLATE(PORT_PARAMETER ",^resources^:[" NESTED(INNER, "", INSIDE) "]"),
	 .code = "UnresolvedTemplateExpression", .says = "nested deployment d"},
	{"inner scope with a value that is not known",
	 TEMPLATE("^resources^:[" NESTED(INNER, "^port^:{^value^:^[reference('x').y]^}",
					 INSIDE) "]"),
	 .code = "UnresolvedTemplateExpression", .says = "reference()"},
	{"inner scope with a value too many",
	 TEMPLATE("^resources^:[" NESTED(INNER, "^prot^:{^value^:1}", INSIDE) "]"),
	 .code = "InvalidTemplateParameter", .says = "port"},
	{"inner scope does not see the outer variables",
	 TEMPLATE("^variables^:{^v^:^80^},^resources^:[" NESTED(
		 INNER, "", "^resources^:[" ONE("^[variables('v')]^") "]") "]"),
	 .code = "InvalidTemplate", .says = "no variable v"},
	{"a deployment that may not happen",
	 TEMPLATE(PORT_PARAMETER
		  ",^resources^:[{^condition^:^[equals(newGuid(),'x')]^," TYPE_DEPLOYMENT
		  ",^name^:^d^,^properties^:{^template^:{^resources^:[" ONE("^80^") "]}}}]"),
	 .code = "UnresolvedTemplateExpression", .says = "newGuid()"},
	{"a deployment in a deployment",
	 TEMPLATE("^resources^:[" NESTED(
		 "", "", "^resources^:[" NESTED(INNER, "^port^:{^value^:^80^}", INSIDE) "]") "]"),
	 .allow = {"80"}},
	{"a rule in a deployment",
	 TEMPLATE("^resources^:[" ONE("^80^") "," NESTED(
		 "", "", "^resources^:[" EXTRA("^n/extra^") "]") "]"),
	 .allow = {"80", "443"}},
};

Test(arm, nested_deployments_are_read)
{
	EXPECT(nested);
}

Test(arm, a_linked_template_is_warned_of)
{
	add(VFG_SOURCE_ANY, "t.json",
	    TEMPLATE("^resources^:[" ONE("^80^") ",{" TYPE_DEPLOYMENT ",^name^:^far^,"
						 "^properties^:{^templateLink^:{^uri^:^https://"
						 "example.com/t.json^}}}]"));
	read_again();
	cr_expect_eq(fixture.err, 0);
	cr_expect(is_said("LinkedTemplateNotRead", "far"));
}

#define PARAMETERS(values)                                                                         \
	"{^$schema^:^https://example.com/deploymentParameters.json#^,^parameters^:{" values "}}"

static const struct {
	const char *title;
	const char *file;
	const char *param;
	const char *port; /* that is let in */
	const char *code;
} files[] = {
	{"a value", PARAMETERS("^PORT^:{^value^:^81^}"), NULL, "81", NULL},
	{"a value without the schema", "{^parameters^:{^port^:{^value^:^81^}}}", NULL, "81", NULL},
	{"null", PARAMETERS("^port^:{^value^:null}"), NULL, "80", NULL},
	{"a definition wins", PARAMETERS("^port^:{^value^:^81^}"), "port=82", "82", NULL},
	{"a literal that looks like an expression", PARAMETERS("^port^:{^value^:^[x]^}"), NULL,
	 NULL, "SecurityRuleInvalidPortRange"},
	{"another name", PARAMETERS("^prot^:{^value^:^81^}"), NULL, NULL,
	 "InvalidTemplateParameter"},
	{"another type", PARAMETERS("^port^:{^value^:81}"), NULL, NULL, "InvalidTemplateParameter"},
	{"no value", PARAMETERS("^port^:^81^"), NULL, NULL, "InvalidTemplateParameter"},
	{"a secret", PARAMETERS("^port^:{^reference^:{^secretName^:^s^}}"), NULL, NULL,
	 "UnresolvedTemplateExpression"},
};

Test(arm, parameters_come_from_files_too)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		const struct row row = {.title = files[i].title};

		fixture.request.params = &files[i].param;
		fixture.request.param_count = files[i].param ? 1 : 0;
		fixture.request.source_count = 0;
		add(VFG_SOURCE_ANY, "t.json",
		    TEMPLATE(PORT_PARAMETER ",^resources^:[" ONE("^[parameters('port')]^") "]"));
		add(VFG_SOURCE_PARAMETERS, "p.json", files[i].file);
		read_again();
		cr_expect_eq(fixture.err != 0, files[i].code != NULL, "%s:%s", files[i].title,
			     fixture_messages(&fixture));
		if (files[i].code)
			cr_expect_eq(fixture_count(&fixture, VFG_ERROR, files[i].code), 1, "%s:%s",
				     files[i].title, fixture_messages(&fixture));
		else if (fixture.model)
			expect_port(&row, files[i].port, "Allow");
	}
}

/* The lists of a document, as JSON. */
static const char *list_of(const char *text, const char *list)
{
	const struct vfg_parameters parameters = {0};
	struct vfg_document document = {.file = "t"};
	struct json_object *tree;
	const char *copy;

	text = quoted(text);
	cr_assert_eq(vfg_json_parse(&fixture.diag, "t", text, strlen(text), &tree), 0);
	cr_assert_eq(vfg_arm_read(&fixture.diag, &parameters, tree, &document), 0, "%s",
		     fixture_messages(&fixture));
	copy = json_object_to_json_string_ext(!strcmp(list, "nics")	? document.nics
					      : !strcmp(list, "groups") ? document.groups
					      : !strcmp(list, "admin")	? document.admin
									: document.nsgs,
					      JSON_C_TO_STRING_PLAIN |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
	copy = vfg_arena_strndup(fixture.arena, copy, strlen(copy));
	vfg_document_put(&document);
	json_object_put(tree);
	return copy;
}

#define PROVIDER                                                                                   \
	"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/template/providers/"   \
	"Microsoft.Network/"
#define GROUP "{^type^:^Microsoft.Network/applicationSecurityGroups^,^name^:^[concat('a','sg')]^}"
#define NIC                                                                                        \
	"{^type^:^Microsoft.Network/networkInterfaces^,^name^:^nic^,^properties^:{"                \
	"^ipConfigurations^:[{^name^:^c^,^properties^:{^applicationSecurityGroups^:[{^id^:"        \
	"^[resourceId('Microsoft.Network/applicationSecurityGroups','asg')]^}]}}]}}"

Test(arm, groups_and_nics_get_the_ids_that_rules_name)
{
	cr_expect_str_eq(list_of(TEMPLATE("^resources^:[" GROUP "," NIC "]"), "groups"),
			 "[{\"name\":\"asg\",\"id\":\"" PROVIDER
			 "applicationSecurityGroups/asg\",\"type\":\"Microsoft.Network/"
			 "applicationSecurityGroups\",\"properties\":{}}]");
	cr_expect_str_eq(list_of(TEMPLATE("^resources^:[" GROUP "," NIC "]"), "nics"),
			 "[{\"name\":\"nic\",\"id\":\"" PROVIDER
			 "networkInterfaces/nic\",\"type\":\"Microsoft.Network/networkInterfaces\","
			 "\"properties\":{\"ipConfigurations\":[{\"name\":\"c\",\"properties\":{"
			 "\"applicationSecurityGroups\":[{\"id\":\"" PROVIDER
			 "applicationSecurityGroups/asg\"}]}}]}}]");
}

Test(arm, admin_rules_keep_their_place_in_the_id)
{
	cr_expect_str_eq(
		list_of(TEMPLATE("^resources^:[{^type^:^Microsoft.Network/networkManagers/"
				 "securityAdminConfigurations/ruleCollections/rules^,^name^:^m/c/"
				 "rc/r^,^kind^:^Custom^,^properties^:{^priority^:1}}]"),
			"admin"),
		"[{\"name\":\"r\",\"id\":\"" PROVIDER
		"networkManagers/m/securityAdminConfigurations/c/ruleCollections/rc/rules/r\","
		"\"type\":\"Microsoft.Network/networkManagers/securityAdminConfigurations/"
		"ruleCollections/rules\",\"properties\":{\"priority\":1},\"kind\":\"Custom\"}]");
}

Test(arm, another_resource_group_is_another_nsg)
{
	cr_expect(strstr(
		list_of(TEMPLATE("^resources^:[{" TYPE_DEPLOYMENT
				 ",^name^:^d^,^resourceGroup^:^far^,^properties^:{"
				 "^template^:{^resources^:[" ONE("^80^") "]}}}]"),
			"nsgs"),
		"/resourceGroups/far/providers/Microsoft.Network/networkSecurityGroups/n\""));
}

Test(arm, bicep_is_told_to_be_compiled)
{
	add(VFG_SOURCE_ANY, "t.bicep", "// rules\n\nparam location string\n");
	read_again();
	cr_expect(is_said("InvalidJson", "az bicep build"));
}
