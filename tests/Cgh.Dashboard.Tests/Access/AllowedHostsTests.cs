using Cgh.Dashboard.Access;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Cgh.Dashboard.Tests.Access;

public sealed class AllowedHostsTests
{
    private const string Configured = "lab.example.org; *.team.example";

    [Theory]
    [InlineData("localhost")]
    [InlineData("lab.localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.7")]
    [InlineData("[::1]")]
    [InlineData("bench-7")]
    [InlineData("LAB.example.org")]
    [InlineData("a.team.example")]
    public void Accepts_AddressNameWithoutADotOrConfiguredName_IsTrue(string host) => Assert.True(new AllowedHosts(Configured).Accepts(host));

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("lab.example.org.attacker.example")]
    [InlineData("alab.example.org")]
    [InlineData("team.example")]
    [InlineData("ateam.example")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("attackerlocalhost.example")]
    public void Accepts_AnyOtherNameWithADot_IsFalse(string host) => Assert.False(new AllowedHosts(Configured).Accepts(host));

    [Fact]
    public void Accepts_AnyNameConfigured_IsTrueButItsPagesStayForeign()
    {
        var hosts = new AllowedHosts("*");

        Assert.True(hosts.Accepts("attacker.example"));
        Assert.False(hosts.IsOwn("https://attacker.example", new HostString("lab.example.org")));
    }

    [Theory]
    [InlineData(null, "localhost:5080")]
    [InlineData("http://localhost:5080", "localhost:5080")]
    [InlineData("https://LOCALHOST", "localhost")]
    [InlineData("https://lab.example.org", "dashboard:8080")]
    public void IsOwn_PageOfThisHostOrOfAConfiguredName_IsTrue(string? origin, string host) =>
        Assert.True(new AllowedHosts(Configured).IsOwn(origin, new HostString(host)));

    [Theory]
    [InlineData("null", "localhost:5080")]
    [InlineData("nonsense", "localhost:5080")]
    [InlineData("http://localhost:3000", "localhost:5080")]
    [InlineData("http://other.localhost", "localhost")]
    [InlineData("http://attacker.example", "localhost:5080")]
    [InlineData("http://192.0.2.7", "localhost")]
    public void IsOwn_AnyOtherPage_IsFalse(string origin, string host) => Assert.False(new AllowedHosts(Configured).IsOwn(origin, new HostString(host)));
}
