using System.Net;
using Cgh.Core;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

public sealed class ServerAddressesTests
{
    private const string StoreForm = "redis://USER:PASSWORD@HOST:6379/DATABASE";

    [Theory]
    [InlineData("localhost:6379,password=hunter2,colour=red", "Invalid run store address 'localhost:6379,...': an option is unknown or has an invalid value.")]
    [InlineData("here:1,there:2,password=a,hunter2=b", "Invalid run store address 'here:1,there:2,...': an option is unknown or has an invalid value.")]
    [InlineData("here:1,password=a,hunter2", "Invalid run store address 'here:1,...': a server follows an option.")]
    [InlineData("here:1,password=a,ssl=hunter2", "Invalid run store address 'here:1,...': an option is unknown or has an invalid value.")]
    [InlineData("password=hunter2", "Invalid run store address ',...': it has no server.")]
    public void Store_OptionsWithAPassword_MessageShowsTheServersOnlyAndTheFormForCommas(string given, string expected) =>
        Assert.Equal($"{expected} If the password contains a comma, give the address as {StoreForm}.", StoreError(given));

    [Theory]
    [InlineData(
        "here:1,colour=red",
        "Invalid run store address 'here:1,...': Keyword 'colour' is not supported. (Parameter 'colour'). Example: localhost:6379.")]
    [InlineData("here:1,ssl=true,there:2", "Invalid run store address 'here:1,...': a server follows an option. Example: localhost:6379.")]
    [InlineData("default:hunter2@localhost:6379,colour=red", $"The run store address has a user or a password before the server. Give them as {StoreForm}.")]
    [InlineData("hunter2@localhost", $"The run store address has a user or a password before the server. Give them as {StoreForm}.")]
    [InlineData("redis://lab:hunter2@", $"The run store address must have the form {StoreForm} (rediss:// with TLS).")]
    [InlineData("redis://lab:hunter2@localhost:many", $"The run store address must have the form {StoreForm} (rediss:// with TLS).")]
    [InlineData("redis://lab:hunter2@localhost/first", $"The run store address must have the form {StoreForm} (rediss:// with TLS).")]
    [InlineData("redis://localhost?password=hunter2", $"The run store address must have the form {StoreForm} (rediss:// with TLS).")]
    [InlineData("http://lab:hunter2@localhost", $"The run store address must have the form {StoreForm} (rediss:// with TLS).")]
    public void Store_InvalidAddress_SaysWhatIsExpectedWithoutAPassword(string given, string expected) => Assert.Equal(expected, StoreError(given));

    [Theory]
    [InlineData("redis://localhost", null, null, 6379, null, false)]
    [InlineData("redis://localhost/", null, null, 6379, null, false)]
    [InlineData("redis://lab:secret@localhost:7000/2", "lab", "secret", 7000, 2, false)]
    [InlineData("rediss://:secret@localhost:6380", null, "secret", 6380, null, true)]
    [InlineData("rediss://secret@localhost", null, "secret", 6379, null, true)]
    [InlineData("redis://lab:a%2Cb%40c%3Ad@localhost", "lab", "a,b@c:d", 6379, null, false)]
    [InlineData("redis://lab:a,b@c:d=e@localhost", "lab", "a,b@c:d=e", 6379, null, false)]
    [InlineData("redis://lab:a@b/c?d#e100%@localhost:1/0", "lab", "a@b/c?d#e100%", 1, 0, false)]
    [InlineData("REDIS://l%61b:x@LOCALHOST", "lab", "x", 6379, null, false)]
    public void Store_Url_IsRead(string given, string? user, string? password, int port, int? database, bool usesTls)
    {
        var options = ServerAddresses.Store(given);

        Assert.Equal((user, password, database, usesTls), (options.User, options.Password, options.DefaultDatabase, options.Ssl));
        Assert.Equal(new DnsEndPoint("localhost", port), Assert.Single(options.EndPoints));
        Assert.Equal(usesTls ? "localhost" : null, options.SslHost);
    }

    [Fact]
    public void Store_Options_AreRead()
    {
        var options = ServerAddresses.Store("here:1,there,user=lab,password=se=cret,ssl=true,defaultDatabase=3,abortConnect=false");

        Assert.Equal((2, "lab", "se=cret", true, 3), (options.EndPoints.Count, options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("amqp://guest:guest@localhost:5672", "amqp://guest:guest@localhost:5672/")]
    [InlineData("amqp://localhost", "amqp://localhost/")]
    [InlineData("amqps://lab:a:b@localhost/vhost", "amqps://lab:a%3Ab@localhost/vhost")]
    [InlineData("amqp://lab:a,b/c@localhost:1/v%2Fh", "amqp://lab:a%2Cb%2Fc@localhost:1/v%2Fh")]
    [InlineData("amqp://lab:a,b@localhost/v@h", "amqp://lab:a%2Cb@localhost/v@h")]
    [InlineData("amqp://lab:a%2Cb%25@localhost", "amqp://lab:a%2Cb%25@localhost/")]
    public void Broker_Address_HasUserAndPasswordEncoded(string given, string expected) => Assert.Equal(expected, ServerAddresses.Broker(given).AbsoluteUri);

    [Theory]
    [InlineData("http://user:hunter2@localhost")]
    [InlineData("user:hunter2@localhost")]
    [InlineData("amqp://user:hunter2@")]
    [InlineData("amqp://user:hunter2@localhost:many")]
    public void Broker_InvalidAddressWithAPassword_MessageOmitsIt(string given) => Assert.Equal(
        "The broker address must have the form amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS).",
        Assert.Throws<UserErrorException>(() => ServerAddresses.Broker(given)).Message);

    private static string StoreError(string given)
    {
        var error = Assert.Throws<UserErrorException>(() => ServerAddresses.Store(given));
        Assert.Equal(2, error.ExitCode);
        Assert.DoesNotContain("hunter2", error.ToString());
        return error.Message;
    }
}
