using Cgh.Core;
using StackExchange.Redis;

namespace Cgh.Client.Tests;

public sealed class StoreFailureTests
{
    public static TheoryData<Exception, string> Failures { get; } = new()
    {
        {
            new RedisTimeoutException(CommandFlags.None, "Timeout awaiting response (5000ms elapsed), inst: 0, qu: 0", CommandStatus.Unknown),
            "The run store stopped responding. Check that the server is running, then run the command again."
        },
        {
            new RedisConnectionException(ConnectionFailureType.SocketFailure, CommandFlags.None, "SocketFailure on 127.0.0.1:6379/Interactive"),
            "The run store stopped responding. Check that the server is running, then run the command again."
        },
        {
            new RedisServerException(RedisErrorKind.OutOfMemory, CommandFlags.None, "OOM command not allowed when used memory > 'maxmemory'."),
            "The run store is full. Raise maxmemory of its Redis server."
        },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Report_StoreFails_IsOneLineAndExitCode4(Exception failure, string expected)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => StoreFailure.ReportAsync<int>(() => Task.FromException<int>(failure)));

        Assert.Equal((expected, 4), (error.Message, error.ExitCode));
        Assert.Same(failure, error.InnerException);
    }

    [Fact]
    public async Task Report_AnotherError_IsPassedOn()
    {
        var failure = UserErrorException.Usage("There is no experiment 'x'.");

        Assert.Same(failure, await Assert.ThrowsAsync<UserErrorException>(() => StoreFailure.ReportAsync<int>(() => Task.FromException<int>(failure))));
    }
}
