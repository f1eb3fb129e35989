namespace Cgh.Tests;

/// <summary>
/// Makes every write to one path fail like on a full disk. /dev/full is one file for the whole machine and .NET locks a file that it opens for writing,
/// so tests take turns, also those of other test processes: without this, one of them sees a locked file instead of a full disk.
/// </summary>
internal sealed class FullDevice : IDisposable
{
    private const string Device = "/dev/full";

    private readonly string _path;
    private readonly FileStream _turn;

    private FullDevice(string path, FileStream turn)
    {
        _path = path;
        _turn = turn;
        File.CreateSymbolicLink(path, Device);
    }

    /// <summary>Puts a link to /dev/full at <paramref name="path"/> until it is disposed of; skips the test where there is no such device.</summary>
    public static async Task<FullDevice> AtAsync(string path)
    {
        Xunit.Assert.SkipUnless(File.Exists(Device), $"This system has no {Device}, which simulates a full disk.");
        while (true)
        {
            try
            {
                var turn = new FileStream(
                    Path.Combine(Path.GetTempPath(), "cgh-tests-full-device.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new FullDevice(path, turn);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Xunit.TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>
    /// Returns the error of an action that writes to the link. A process that another test has just started can hold the device for a moment, as a fork
    /// has all open files of its parent until it executes its program: the action is repeated while it is locked.
    /// </summary>
    public async Task<TException> ErrorAsync<TException>(Action write)
        where TException : Exception
    {
        while (true)
        {
            var error = Xunit.Assert.Throws<TException>(write);
            if (!error.Message.Contains("another process", StringComparison.OrdinalIgnoreCase))
            {
                return error;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), Xunit.TestContext.Current.CancellationToken);
            if (!Path.Exists(_path))
            {
                File.CreateSymbolicLink(_path, Device);
            }
        }
    }

    public void Dispose()
    {
        File.Delete(_path);
        _turn.Dispose();
    }
}
