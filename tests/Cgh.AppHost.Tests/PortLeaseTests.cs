using System.Net;
using System.Net.Sockets;
using Cgh.Tests;

namespace Cgh.AppHost.Tests;

public sealed class PortLeaseTests
{
    [Fact]
    public void Take_PortIsFree_IsThatPort()
    {
        var port = Loopback.FreePort();
        using var lease = PortLease.Take(port);

        Assert.Equal(port, lease.Port);
    }

    [Fact]
    public void Take_SomethingListens_IsAnotherPort()
    {
        var port = Loopback.FreePort();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using var lease = PortLease.Take(port);

        Assert.InRange(lease.Port, port + 1, port + 100);
    }

    [Fact]
    public void Take_AnotherInstanceHasChosenThePort_IsAnotherPortUntilItIsReturned()
    {
        var port = Loopback.FreePort();
        using (var first = PortLease.Take(port))
        {
            using var second = PortLease.Take(port);
            Assert.Equal(port, first.Port);
            Assert.InRange(second.Port, port + 1, port + 100);
        }

        using var third = PortLease.Take(port);
        Assert.Equal(port, third.Port);
    }
}
