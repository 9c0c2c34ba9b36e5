// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: module, switches, and the platform device that stands for the one on
 * VMBus. What it does is in the rooms that double.h names.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>

#include "double.h"

static char *address = "52:54:00:00:00:0a";
module_param(address, charp, 0444);
MODULE_PARM_DESC(address, "permanent address of the synthetic; the VF is what has the same");

bool double_propagate = true;
module_param_named(propagate, double_propagate, bool, 0644);
MODULE_PARM_DESC(propagate, "0: the VF's driver claims to have taken the program, and has not");

bool double_vf_xdp = true;
module_param_named(vf_xdp, double_vf_xdp, bool, 0644);
MODULE_PARM_DESC(vf_xdp, "0: the VF counts as a driver without XDP");

bool double_vf_refuse;
module_param_named(vf_refuse, double_vf_refuse, bool, 0644);
MODULE_PARM_DESC(vf_refuse, "1: the VF's driver refuses programs");

bool double_syn_on_synthetic;
module_param_named(syn_on_synthetic, double_syn_on_synthetic, bool, 0644);
MODULE_PARM_DESC(syn_on_synthetic, "1: the host sends TCP SYNs to the synthetic, VF or not");

uint double_detach_ms;
module_param_named(detach_ms, double_detach_ms, uint, 0644);
MODULE_PARM_DESC(detach_ms, "how long a rebuilt channel receives without XDP before it closes");

static struct platform_device *bus_device;
static struct net_device *synthetic, *host;

static struct platform_driver bus_driver = {
	.driver.name = DOUBLE_DRIVER,
};

struct double_syn *double_the_syn(void)
{
	return synthetic ? netdev_priv(synthetic) : NULL;
}

static int add_devices(void)
{
	struct net_device *dev;
	u8 mac[ETH_ALEN];

	if (!mac_pton(address, mac) || !is_valid_ether_addr(mac))
		return -EINVAL;
	dev = double_syn_create(&bus_device->dev, mac);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	host = double_host_create(dev);
	if (IS_ERR(host)) {
		double_syn_destroy(dev);
		return PTR_ERR(host);
	}
	rtnl_lock();
	synthetic = dev;
	rtnl_unlock();
	return 0;
}

static void remove_devices(void)
{
	struct net_device *dev = synthetic;

	rtnl_lock();
	double_vf_leave(netdev_priv(dev));
	synthetic = NULL;
	unregister_netdevice(host);
	rtnl_unlock();
	free_netdev(host);
	double_syn_destroy(dev);
}

static void remove_bus(void)
{
	platform_device_unregister(bus_device);
	platform_driver_unregister(&bus_driver);
}

static int __init double_init(void)
{
	int err = platform_driver_register(&bus_driver);

	if (err)
		return err;
	bus_device = platform_device_register_simple(DOUBLE_DRIVER, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(bus_device)) {
		platform_driver_unregister(&bus_driver);
		return PTR_ERR(bus_device);
	}
	err = add_devices();
	if (err) {
		remove_bus();
		return err;
	}
	/* Tells of devices that are there already, too. */
	err = register_netdevice_notifier(&double_vf_notifier);
	if (err) {
		remove_devices();
		remove_bus();
	}
	return err;
}

static void __exit double_exit(void)
{
	unregister_netdevice_notifier(&double_vf_notifier);
	remove_devices();
	remove_bus();
}

module_init(double_init);
module_exit(double_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("vfguard's double of hv_netvsc, for tests");
