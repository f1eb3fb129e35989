using Cgh.Tests;

namespace Cgh.AppHost.Tests.Infrastructure;

/// <summary>A folder with shell scripts in place of programs, to search instead of the PATH.</summary>
internal sealed class FakePrograms : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.Path;

    public FakePrograms With(string name, string script)
    {
        File.WriteAllText(_folder[name], $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return this;
    }

    public void Dispose() => _folder.Dispose();
}
