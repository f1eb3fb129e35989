using Cgh.Core;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

public sealed class ServerAddressesTests
{
    [Theory]
    [InlineData("localhost:6379,password=hunter2,colour=red", "'localhost:6379,...'")]
    [InlineData("here:1,there:2,password=a,hunter2=b", "'here:1,there:2,...'")]
    [InlineData("default:hunter2@localhost:6379,colour=red", "'localhost:6379,...'")]
    [InlineData("password=hunter2", "',...'")]
    public void Store_InvalidAddressWithAPassword_MessageShowsTheServersOnly(string given, string shown)
    {
        var error = Assert.Throws<UserErrorException>(() => ServerAddresses.Store(given));

        Assert.Contains(shown, error.Message);
        Assert.EndsWith("Example: localhost:6379.", error.Message);
    }

    [Fact]
    public void Broker_InvalidAddressWithAPassword_MessageOmitsIt()
    {
        var error = Assert.Throws<UserErrorException>(() => ServerAddresses.Broker("http://user:hunter2@localhost"));

        Assert.DoesNotContain("hunter2", error.Message);
    }
}
