using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Xml.Linq;
using Assert = Xunit.Assert;

namespace Cgh.Tests;

/// <summary>
/// Runs classes of this test project again, in processes in which .NET does not use some of the processor's instructions. Where the processor has
/// none of them, the run is one more with what it has.
/// </summary>
public static class InstructionSets
{
    // A hung child must not hang the tests; no test's outcome depends on how long something takes.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    // AVX-512's variable had an F at its end until .NET 9; .NET 10 ignores that name.
    private static readonly Dictionary<string, string[]> s_variables = new()
    {
        ["AVX-512"] = ["DOTNET_EnableAVX512F", "DOTNET_EnableAVX512"],
        ["AVX2"] = ["DOTNET_EnableAVX2"],
        ["all"] = ["DOTNET_EnableHWIntrinsic"],
    };

    /// <summary>What can be switched off.</summary>
    public static IReadOnlyCollection<string> All => s_variables.Keys;

    /// <summary>Widths of the registers that .NET uses in this process.</summary>
    public static int[] Registers =>
    [
        .. Vector128.IsHardwareAccelerated ? [128] : Array.Empty<int>(),
        .. Vector256.IsHardwareAccelerated ? [256] : Array.Empty<int>(),
        .. Vector512.IsHardwareAccelerated ? [512] : Array.Empty<int>(),
    ];

    /// <summary>Fails if <see cref="Registers"/> of a process without <paramref name="instructions"/> has those that need them.</summary>
    public static void AssertOff(string instructions, int[] registers)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            Assert.DoesNotContain(instructions switch { "AVX-512" => 512, "AVX2" => 256, _ => 128 }, registers);
        }
    }

    /// <summary>Runs all tests of <paramref name="classes"/> without <paramref name="instructions"/>, and fails unless each of them passes.</summary>
    /// <param name="instructions">One of <see cref="All"/>.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="classes">Of the running test project.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>How many tests of each class ran.</returns>
    public static async Task<IReadOnlyDictionary<Type, int>> RunWithoutAsync(
        string instructions,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyCollection<Type> classes,
        CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var program = Path.Combine(AppContext.BaseDirectory, classes.First().Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        string[] filter = [.. classes.SelectMany(type => new[] { "-class", type.FullName! })];
        var start = new ProcessStartInfo(program, [.. filter, "-noLogo", "-noColor", "-result-xml", folder["results.xml"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment.Concat(s_variables[instructions].Select(variable => KeyValuePair.Create(variable, "0"))))
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"Without {instructions} the tests ended with {process.ExitCode}:\n{await output}{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        var tests = XDocument.Load(folder["results.xml"]).Descendants("test")
            .ToLookup(test => (string?)test.Attribute("type"), test => (string?)test.Attribute("result"));
        Assert.All(classes, type => Assert.NotEmpty(tests[type.FullName]));
        Assert.All(tests.SelectMany(results => results), result => Assert.Equal("Pass", result));
        return classes.ToDictionary(type => type, type => tests[type.FullName].Count());
    }
}
