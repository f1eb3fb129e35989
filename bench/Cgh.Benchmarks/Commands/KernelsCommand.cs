using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cgh.Benchmarks.Kernels;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>kernels</c>: BenchmarkDotNet over the update kernels.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { DefaultValueFactory = _ => "*", Description = "Which benchmarks, such as '*Rm3*'." };
        var command = new Command("kernels", "Runs the update kernels, each by itself, in every register width that this processor has (BenchmarkDotNet).") { filter };
        command.SetAction(parse =>
        {
            // In this process: a project of BenchmarkDotNet's own would copy libtorch for every run.
            var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            BenchmarkSwitcher.FromTypes([typeof(UpdateBenchmarks)]).Run(["--filter", parse.GetValue(filter)!], config);
        });
        return command;
    }
}
