using Cgh.Core.Files;
using Cgh.EndToEnd.Tests;
using Cgh.Tests;

namespace Cgh.AppHost.Tests.Boots;

/// <summary>The program as a user starts it. Its environment has a mark that all processes it starts inherit.</summary>
internal sealed class MarkedProgram : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _mark = $"CGH_TEST_MARK={Guid.NewGuid():n}";
    private readonly ChildProcess _process;

    private MarkedProgram(bool runsRecipe, string[] settings)
    {
        File.WriteAllText(_folder["small.json"], SmallRecipe.Text(epochs: 100 * SmallRecipe.Epochs));
        var parts = _mark.Split('=');
        string[] command = runsRecipe ? ["run", _folder["small.json"]] : [];
        var (start, before) = ChildProcess.Interruptible("dotnet");
        _process = ChildProcess.Start(
            start,
            [
                .. before, typeof(Laboratory).Assembly.Location, .. command, "--data", _folder["data"], "--port", $"{Loopback.FreePort()}", .. settings,
            ],
            new Dictionary<string, string?> { [parts[0]] = parts[1], [DataFolder.Variable] = null },
            _folder.Path);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string Output => _process.Output;

    /// <summary>Starts it with a recipe and waits until a run is training.</summary>
    public static Task<MarkedProgram> TrainAsync(params string[] settings) => StartAsync(runsRecipe: true, settings, program => program.IsTraining());

    /// <summary>Starts it without a recipe and waits until it says where its pages are.</summary>
    public static Task<MarkedProgram> ServeAsync(params string[] settings) =>
        StartAsync(runsRecipe: false, settings, program => program.Output.Contains("Laboratory: ", StringComparison.Ordinal));

    /// <summary>Presses Ctrl-C and waits until the prompt would return.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> InterruptAsync()
    {
        _process.Signal("INT");
        return _process.WaitForExitAsync(Boots.Timeout, Stop);
    }

    /// <summary>The command lines of all processes with the mark.</summary>
    public IReadOnlyList<string> Left() => [.. Marked().Select(process => process.Command)];

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var (id, _) in Marked())
        {
            ChildProcess.SignalTo(id, "KILL");
        }

        _folder.Dispose();
    }

    private static async Task<MarkedProgram> StartAsync(bool runsRecipe, string[] settings, Func<MarkedProgram, bool> isReady)
    {
        var program = new MarkedProgram(runsRecipe, settings);
        try
        {
            await program._process.WaitUntilAsync(() => Task.FromResult(isReady(program)), Boots.Timeout, Stop);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    private bool IsTraining() =>
        Directory.Exists(_folder["data"])
            && Directory.EnumerateFiles(_folder["data"], "train.csv", SearchOption.AllDirectories).Any(file => new FileInfo(file).Length > 0);

    private List<(int Id, string Command)> Marked()
    {
        var marked = new List<(int Id, string Command)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains(_mark))
                {
                    marked.Add((int.Parse(Path.GetFileName(folder)), File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ')));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or is another user's.
            }
        }

        return marked;
    }
}
